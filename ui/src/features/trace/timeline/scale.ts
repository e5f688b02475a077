/** Where a moment stands on a timeline. Long times in which nothing runs may be drawn short, as a break. */
import { endNs, type Structure } from "../structure/structure";

export interface Gap {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A stretch of time, and of the line that it takes; lengths of the line count as nanoseconds outside of breaks. */
interface Piece extends Gap {
  readonly from: number;
  readonly to: number;
  readonly isBreak: boolean;
}

export interface Scale {
  readonly pieces: readonly Piece[];
  readonly firstNs: number;
  readonly lastNs: number;
  readonly length: number;
}

/** A part of the line. */
export interface View {
  readonly from: number;
  readonly to: number;
}

/** Gaps that take less of the whole are drawn as they are. */
const MIN_GAP_SHARE = 0.2;
const BREAK_SHARE = 0.03;

/** Find the long times in which no span runs that has none below it: whatever runs then only waits. */
export function idleGaps(structure: Structure, nowNs: number, minShare = MIN_GAP_SHARE): Gap[] {
  const lastNs = lastOf(structure, nowNs);
  const minNs = (lastNs - structure.firstNs) * minShare;
  const leaves = leavesByStart(structure);
  const gaps: Gap[] = [];
  if (leaves.length === 0 || minNs <= 0) return gaps;
  let coveredNs = structure.firstNs;
  const look = (fromNs: number) => {
    if (fromNs - coveredNs >= minNs) gaps.push({ fromNs: coveredNs, toNs: fromNs });
  };
  for (const span of leaves) {
    look(structure.startNs[span] as number);
    coveredNs = Math.max(coveredNs, endNs(structure, span, nowNs));
  }
  look(lastNs);
  return gaps;
}

const MOST_RUNNING_NS = 60e9;

/**
 * The end of the line: the last end, or now while a span runs; but no more than as long again, and a minute, since a
 * program that has died never ends its spans.
 */
export function lastOf({ running, firstNs, lastNs }: Structure, nowNs: number): number {
  if (running === 0) return lastNs;
  return Math.max(lastNs, Math.min(nowNs, lastNs + Math.max(lastNs - firstNs, MOST_RUNNING_NS)));
}

function leavesByStart({ count, childCount, startNs }: Structure): Int32Array {
  const leaves = new Int32Array(count);
  let [filled, isSorted] = [0, true];
  for (let span = 0; span < count; span++) {
    if (childCount[span] !== 0) continue;
    if (filled > 0 && (startNs[span] as number) < (startNs[leaves[filled - 1] as number] as number)) isSorted = false;
    leaves[filled++] = span;
  }
  const found = leaves.subarray(0, filled);
  return isSorted ? found : found.sort((a, b) => (startNs[a] as number) - (startNs[b] as number));
}

/** Lay a line from the first to the last moment, with breaks instead of the gaps. */
export function scaleOf(firstNs: number, lastNs: number, gaps: readonly Gap[]): Scale {
  const idleNs = gaps.reduce((sum, gap) => sum + gap.toNs - gap.fromNs, 0);
  const breakLength = Math.max(lastNs - firstNs - idleNs, 1) * BREAK_SHARE;
  const pieces: Piece[] = [];
  let [atNs, at] = [firstNs, 0];
  const add = (toNs: number, length: number, isBreak: boolean) => {
    if (toNs > atNs) pieces.push({ fromNs: atNs, toNs, from: at, to: at + length, isBreak });
    [atNs, at] = [toNs, at + length];
  };
  for (const gap of gaps) {
    add(gap.fromNs, gap.fromNs - atNs, false);
    add(gap.toNs, breakLength, true);
  }
  const endNs = Math.max(lastNs, firstNs + 1);
  add(endNs, endNs - atNs, false);
  return { pieces, firstNs, lastNs: endNs, length: at };
}

/** Where a moment stands; moments outside stand at the ends. */
export function placeOf(scale: Scale, ns: number): number {
  const piece = scale.pieces.find((one) => ns < one.toNs) ?? scale.pieces.at(-1);
  if (piece === undefined) return 0;
  const share = (ns - piece.fromNs) / (piece.toNs - piece.fromNs);
  return piece.from + Math.min(Math.max(share, 0), 1) * (piece.to - piece.from);
}

/** The moment at a place. */
export function momentAt(scale: Scale, place: number): number {
  const piece = scale.pieces.find((one) => place < one.to) ?? scale.pieces.at(-1);
  if (piece === undefined) return scale.firstNs;
  const share = (place - piece.from) / (piece.to - piece.from);
  return piece.fromNs + Math.min(Math.max(share, 0), 1) * (piece.toNs - piece.fromNs);
}

export function whole(scale: Scale): View {
  return { from: 0, to: scale.length };
}

/** Keep a view on the line, and at least so wide that numbers still tell moments apart. */
export function within(scale: Scale, view: View): View {
  const length = Math.min(Math.max(view.to - view.from, Math.min(100, scale.length)), scale.length);
  const from = Math.min(Math.max(view.from, 0), scale.length - length);
  return { from, to: from + length };
}

/** Make a view `factor` times as long, while what stands at `share` of it stays there. */
export function zoomed(scale: Scale, view: View, factor: number, share = 0.5): View {
  const fixed = view.from + share * (view.to - view.from);
  const length = Math.min((view.to - view.from) * factor, scale.length);
  return within(scale, { from: fixed - share * length, to: fixed + (1 - share) * length });
}

/** Move a view by a share of its length. */
export function panned(scale: Scale, view: View, share: number): View {
  const step = (view.to - view.from) * share;
  return within(scale, { from: view.from + step, to: view.to + step });
}
