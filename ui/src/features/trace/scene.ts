/** What all parts of the trace page share: the trace, which spans are shown, and which one is chosen. */
import { createContext, useContext } from "react";
import { type ListView, listView, type TraceView, writeAddress } from "@/address/view";
import type { RowScroll } from "./rowScroll";
import type { LoadedTrace, Trace, TraceLoading } from "./structure/loading";
import type { Choice, Rows } from "./structure/rows";
import type { Structure } from "./structure/structure";
import type { Found } from "./useFind";

export interface Scene {
  readonly experimentId: string;
  readonly traceId: string;
  readonly trace: Trace;
  readonly loading: TraceLoading;
  readonly loaded: LoadedTrace;
  readonly structure: Structure;
  /** Now, as starts are counted: how far spans reach that run. */
  readonly nowNs: number;
  readonly nowMs: number;
  readonly view: TraceView;
  readonly setView: (change: Partial<TraceView>) => void;
  readonly tab: Tab;
  readonly choice: Choice;
  readonly rows: Rows;
  readonly setCollapsed: (collapsed: ReadonlySet<number>) => void;
  /** Hide bars of the timeline that are shorter than this share of the whole. */
  readonly minShare: number;
  readonly setMinShare: (share: number) => void;
  readonly selected: number | null;
  readonly selectedId: string | null;
  readonly select: (span: number) => void;
  readonly found: Found;
  readonly scroll: RowScroll;
}

export const TABS = ["messages", "timeline", "table", "raw"] as const;
export type Tab = (typeof TABS)[number];

export const SceneContext = createContext<Scene | null>(null);

export function useScene(): Scene {
  const scene = useContext(SceneContext);
  if (scene === null) throw new Error("useScene stands outside of a trace page");
  return scene;
}

/** Whether a trace has something to read as messages. */
export function hasMessages({ types }: Structure): boolean {
  return types.some((type) => type === "LLM" || type === "CHAT_MODEL" || type === "AGENT");
}

/** The view of the list that a trace was opened from. */
export function listOf(view: TraceView): ListView {
  return listView({ ...view });
}

/** The address of the same page with another view. */
export function hrefOf(view: TraceView): string {
  return `${location.pathname}${writeAddress({ ...view })}`;
}
