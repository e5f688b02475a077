/** One registry of keys. The map under `?` is drawn from it, and nothing fires while somebody types. */
import { useEffect, useRef } from "react";
import { tinykeys } from "tinykeys";
import type { text } from "@/text";

export type ShortcutId = keyof typeof text.shortcuts.names;
export type Place = keyof typeof text.shortcuts.places;

export interface Shortcut {
  readonly id: ShortcutId;
  /** As tinykeys writes them: `g t` is one key after the other, `$mod` is ⌘ or Ctrl. */
  readonly keys: readonly string[];
  readonly place: Place;
  /** Whether it also fires while somebody types. */
  readonly whileTyping?: boolean;
}

const shortcut = (place: Place, id: ShortcutId, ...keys: string[]): Shortcut => ({ id, keys, place });

/** In the order of the map. Where two share a key, the one that was registered last by a view that is shown wins. */
export const SHORTCUTS: readonly Shortcut[] = [
  { ...shortcut("anywhere", "palette", "$mod+k"), whileTyping: true },
  shortcut("anywhere", "help", "Shift+?"),
  shortcut("anywhere", "goTraces", "g t"),
  shortcut("anywhere", "goSessions", "g s"),
  shortcut("anywhere", "goUsers", "g u"),
  shortcut("anywhere", "goVersions", "g v"),
  shortcut("anywhere", "goMonitoring", "g m"),
  shortcut("anywhere", "goIngestion", "g i"),
  shortcut("anywhere", "goExperiments", "g e"),
  shortcut("anywhere", "filter", "/"),
  shortcut("anywhere", "facets", "f"),
  shortcut("anywhere", "time", "d"),
  // By the place of the key: with Alt, some keyboards write other characters.
  shortcut("anywhere", "savedView", ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => `Alt+Digit${digit}`)),
  shortcut("anywhere", "live", "l"),
  shortcut("anywhere", "refresh", "r"),
  shortcut("anywhere", "rail", "["),
  { ...shortcut("anywhere", "theme", "$mod+\\"), whileTyping: true },
  { ...shortcut("anywhere", "back", "Escape"), whileTyping: true },
  shortcut("list", "nextRow", "j", "ArrowDown"),
  shortcut("list", "previousRow", "k", "ArrowUp"),
  shortcut("list", "openRow", "Enter"),
  shortcut("list", "peek", "Space"),
  shortcut("list", "select", "x"),
  shortcut("list", "selectRange", "Shift+X"),
  shortcut("list", "selectAll", "$mod+a"),
  shortcut("list", "compare", "c"),
  shortcut("list", "tag", "t"),
  shortcut("list", "columns", "Shift+C"),
  shortcut("list", "denser", "-"),
  shortcut("list", "taller", "="),
  shortcut("trace", "nextTrace", "Shift+J"),
  shortcut("trace", "previousTrace", "Shift+K"),
  shortcut("trace", "nextSpan", "j", "ArrowDown"),
  shortcut("trace", "previousSpan", "k", "ArrowUp"),
  shortcut("trace", "collapse", "ArrowLeft"),
  shortcut("trace", "expand", "ArrowRight"),
  shortcut("trace", "collapseLevel", "Shift+ArrowLeft"),
  shortcut("trace", "expandLevel", "Shift+ArrowRight"),
  shortcut("trace", "find", "$mod+f"),
  shortcut("trace", "nextMatch", "n"),
  shortcut("trace", "previousMatch", "Shift+N"),
  shortcut("trace", "nextError", "Shift+!"),
  shortcut("trace", "mostExpensive", "Shift+$"),
  shortcut("trace", "slowestChild", "."),
  shortcut("trace", "parent", "p"),
  shortcut("trace", "messages", "m"),
  shortcut("trace", "timeline", "i"),
  shortcut("trace", "table", "b"),
  shortcut("trace", "raw", "o"),
  shortcut("trace", "copyLink", "y"),
  shortcut("trace", "copyText", "Shift+Y"),
  shortcut("trace", "assess", "a"),
  shortcut("timeline", "zoomIn", "Shift++", "w"),
  shortcut("timeline", "zoomOut", "-", "s"),
  shortcut("timeline", "panLeft", "Shift+A"),
  shortcut("timeline", "panRight", "Shift+D"),
  shortcut("timeline", "fit", "0"),
];

type Handler = (event: KeyboardEvent) => void;
const handlers = new Map<ShortcutId, Handler[]>();

/** Do something on a key while the component is shown. `null` leaves the key to others. */
export function useShortcut(id: ShortcutId, handler: Handler | null): void {
  const latest = useRef(handler);
  latest.current = handler;
  const isOn = handler !== null;
  useEffect(() => {
    if (!isOn) return;
    const call: Handler = (event) => latest.current?.(event);
    handlers.set(id, [...(handlers.get(id) ?? []), call]);
    registered.set(call, ++registrations);
    return () => {
      handlers.set(
        id,
        (handlers.get(id) ?? []).filter((other) => other !== call),
      );
    };
  }, [id, isOn]);
}

const registered = new WeakMap<Handler, number>();
let registrations = 0;

/** Do what keys say, from now on. Gives what ends it. */
export function listenForShortcuts(target: Window): () => void {
  const spent = new WeakSet<Event>();
  const byKey = new Map<string, Shortcut[]>();
  for (const each of SHORTCUTS) for (const key of each.keys) byKey.set(key, [...(byKey.get(key) ?? []), each]);
  const bindings: Record<string, Handler> = {};
  // Sequences come first, so that the `t` of `g t` is spent before `t` alone sees it.
  const keys = [...byKey.keys()].sort((a, b) => b.split(" ").length - a.split(" ").length);
  for (const key of keys) {
    bindings[key] = (event) => {
      if (spent.has(event) || event.defaultPrevented || isForLayer(event)) return;
      const isBusy = isTyping(event) || document.querySelector("dialog[open]") !== null;
      const chosen = newest(
        (byKey.get(key) ?? []).filter((each) => each.whileTyping || !isBusy),
        event,
      );
      if (chosen === null) return;
      spent.add(event);
      event.preventDefault();
      chosen(event);
    };
  }
  return tinykeys(target, bindings);
}

function newest(candidates: Shortcut[], event: KeyboardEvent): Handler | null {
  let best: Handler | null = null;
  for (const each of candidates) {
    const handler = handlers.get(each.id)?.at(-1);
    if (!handler || (isPressable(event) && each.keys.some((key) => key === "Enter" || key === "Space"))) continue;
    if (best === null || (registered.get(handler) ?? 0) > (registered.get(best) ?? 0)) best = handler;
  }
  return best;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches("input:not([type=checkbox]):not([type=radio]), textarea, select"))
  );
}

/** Whether the platform closes a layer with the key. */
function isForLayer(event: KeyboardEvent): boolean {
  return event.key === "Escape" && document.querySelector("dialog[open], [popover]:popover-open") !== null;
}

/** Whether the key presses what has the focus. */
function isPressable(event: KeyboardEvent): boolean {
  const target = event.target;
  return target instanceof HTMLElement && target.closest("button, a[href], summary, [role=menuitem]") !== null;
}

const IS_MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);
const NAMES: Record<string, string> = {
  $mod: IS_MAC ? "⌘" : "Ctrl",
  Alt: IS_MAC ? "⌥" : "Alt",
  ArrowDown: "↓",
  ArrowUp: "↑",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
  Enter: "↵",
};

/** The keys of a shortcut as they stand on a keyboard: `["g", "t"]`, `["Ctrl", "k"]`. */
export function keyNames(keys: string): string[] {
  return keys.split(/[ +](?=.)/).flatMap((key, _index, all) => {
    if (key === "Shift" && all.length > 1 && !/^[A-Z]$|^Arrow/.test(all.at(-1) ?? "")) return [];
    if (key === "Shift") return ["⇧"];
    return [NAMES[key] ?? key.replace(/^Digit/, "")];
  });
}
