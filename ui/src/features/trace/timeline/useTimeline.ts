/** The line of a timeline, and the part of it that is shown. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { keep, kept } from "@/settings/kept";
import { useScene } from "../scene";
import { criticalPath, longestRoot } from "../structure/criticalPath";
import { bySpan } from "./layout";
import { idleGaps, lastOf, momentAt, placeOf, type Scale, scaleOf, type View, whole, within } from "./scale";

const GAPS_KEY = "trilha.trace.gaps";
const PATH_KEY = "trilha.trace.path";
const WRITTEN_MS = 400;

export function useTimeline() {
  const { structure, nowNs, view: address, setView } = useScene();
  const [isCompressed, setCompressed] = useKept(GAPS_KEY);
  const [isPathShown, setPathShown] = useKept(PATH_KEY);
  const lastNs = lastOf(structure, nowNs);
  const gaps = useMemo(() => idleGaps(structure, lastNs), [structure, lastNs]);
  const scale = useMemo(
    () => scaleOf(structure.firstNs, lastNs, isCompressed ? gaps : []),
    [structure.firstNs, lastNs, gaps, isCompressed],
  );
  // Moments, not places: so the view stays where it is when the line grows or gaps are opened.
  const [shown, setShown] = useState(() => shownOf(address.zoom, structure.firstNs));
  const view = useMemo(() => viewOf(scale, shown), [scale, shown]);
  const wait = useRef<ReturnType<typeof setTimeout>>(undefined);
  const setPart = useCallback(
    (next: View) => {
      const isWhole = next.from <= 0 && next.to >= scale.length;
      const part = isWhole ? null : { fromNs: momentAt(scale, next.from), toNs: momentAt(scale, next.to) };
      setShown(part);
      clearTimeout(wait.current);
      wait.current = setTimeout(() => setView({ zoom: writtenZoom(part, scale.firstNs) }), WRITTEN_MS);
    },
    [scale, setView],
  );
  useEffect(() => () => clearTimeout(wait.current), []);
  const critical = useMemo(() => {
    const root = isPathShown ? longestRoot(structure, lastNs) : null;
    return bySpan(root === null ? [] : criticalPath(structure, root, lastNs));
  }, [structure, isPathShown, lastNs]);
  return {
    ...{ scale, view, setPart, lastNs, critical, isPathShown, setPathShown, isCompressed, setCompressed },
    hasGaps: gaps.length > 0,
  };
}

export type Timeline = ReturnType<typeof useTimeline>;

interface Part {
  readonly fromNs: number;
  readonly toNs: number;
}

function viewOf(scale: Scale, part: Part | null): View {
  if (part === null) return whole(scale);
  return within(scale, { from: placeOf(scale, part.fromNs), to: placeOf(scale, part.toNs) });
}

function shownOf(zoom: string | undefined, firstNs: number): Part | null {
  const match = /^(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)$/.exec(zoom ?? "");
  if (!match) return null;
  const [from, to] = [Number(match[1]) * 1e6 + firstNs, Number(match[2]) * 1e6 + firstNs];
  return to > from ? { fromNs: from, toNs: to } : null;
}

function writtenZoom(part: Part | null, firstNs: number): string | undefined {
  if (part === null) return undefined;
  const ms = (ns: number) => String(Number(((ns - firstNs) / 1e6).toFixed(6)));
  return `${ms(part.fromNs)}..${ms(part.toNs)}`;
}

/** A switch that this browser remembers; on unless somebody turned it off. */
function useKept(key: string): [boolean, (isOn: boolean) => void] {
  const [isOn, setOn] = useState(() => kept(key) !== "off");
  return [
    isOn,
    (next) => {
      keep(key, next ? "on" : "off");
      setOn(next);
    },
  ];
}
