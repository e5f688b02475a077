/** Which spans of a trace are shown, one below the other: what is folded and filtered away is left out. */
import { ERROR } from "./spans";
import { ancestorsOf, childrenIn, endNs, type Structure } from "./structure";

export interface Choice {
  readonly collapsed: ReadonlySet<number>;
  /** Types to show; all where it is empty. */
  readonly types: ReadonlySet<string>;
  readonly onlyErrors: boolean;
  /** Spans that are shorter are left out, but for errors. */
  readonly minDurationNs: number;
  /** Shown in any case. */
  readonly selected: number | null;
}

export interface Rows {
  /** Places of spans, a row each. */
  readonly spans: Int32Array;
  /** The row of each span; -1 where it is not shown. */
  readonly rowOf: Int32Array;
  /** Whether a span is what the filter asks for, and not only above it; null where nothing is filtered. */
  readonly isMatch: Uint8Array | null;
  readonly matches: number;
}

export const ALL: Choice = {
  collapsed: new Set(),
  types: new Set(),
  onlyErrors: false,
  minDurationNs: 0,
  selected: null,
};

export function isFiltered(choice: Choice): boolean {
  return choice.types.size > 0 || choice.onlyErrors || choice.minDurationNs > 0;
}

/** List the rows. `nowNs` is how long spans that run have run. */
export function rowsOf(structure: Structure, choice: Choice, nowNs: number): Rows {
  const { count, order, size, childCount } = structure;
  const filter = isFiltered(choice) ? matchesOf(structure, choice, nowNs) : null;
  const spans = new Int32Array(count);
  const rowOf = new Int32Array(count).fill(-1);
  let filled = 0;
  for (let at = 0; at < count; ) {
    const span = order[at] as number;
    if (filter?.kept[span] === 0) {
      at += size[span] as number; // above what is kept everything is kept
      continue;
    }
    rowOf[span] = filled;
    spans[filled++] = span;
    const isFolded = (childCount[span] as number) > 0 && choice.collapsed.has(span);
    at += isFolded ? (size[span] as number) : 1;
  }
  return {
    spans: spans.subarray(0, filled),
    rowOf,
    isMatch: filter?.isMatch ?? null,
    matches: filter?.matches ?? count,
  };
}

function matchesOf(structure: Structure, choice: Choice, nowNs: number) {
  const { count, order, parent, types } = structure;
  const isWanted = types.map((type) => choice.types.size === 0 || choice.types.has(type));
  const isMatch = new Uint8Array(count);
  const kept = new Uint8Array(count);
  let matches = 0;
  for (let at = count - 1; at >= 0; at--) {
    const span = order[at] as number;
    const isError = structure.status[span] === ERROR;
    const isLong =
      choice.minDurationNs === 0 ||
      isError ||
      endNs(structure, span, nowNs) - (structure.startNs[span] as number) >= choice.minDurationNs;
    if (isLong && (isError || !choice.onlyErrors) && isWanted[structure.type[span] as number]) {
      isMatch[span] = 1;
      matches++;
    }
    if (isMatch[span] === 1 || span === choice.selected) kept[span] = 1;
    const above = parent[span] as number;
    if (kept[span] === 1 && above !== -1) kept[above] = 1;
  }
  return { isMatch, kept, matches };
}

/** Fold a span, or unfold it. */
export function toggled(collapsed: ReadonlySet<number>, span: number): ReadonlySet<number> {
  const next = new Set(collapsed);
  if (!next.delete(span)) next.add(span);
  return next;
}

/** Unfold what hides a span. */
export function revealed(structure: Structure, collapsed: ReadonlySet<number>, span: number): ReadonlySet<number> {
  const hiding = ancestorsOf(structure, span).filter((above) => collapsed.has(above));
  if (hiding.length === 0) return collapsed;
  const next = new Set(collapsed);
  for (const above of hiding) next.delete(above);
  return next;
}

/** Fold the deepest level that is shown. */
export function levelCollapsed(structure: Structure, collapsed: ReadonlySet<number>, rows: Rows): ReadonlySet<number> {
  let deepest = 0;
  for (const span of rows.spans) deepest = Math.max(deepest, structure.depth[span] as number);
  if (deepest === 0) return collapsed;
  const next = new Set(collapsed);
  for (const span of rows.spans) {
    if (structure.depth[span] === deepest - 1 && (structure.childCount[span] as number) > 0) next.add(span);
  }
  return next;
}

/** Unfold the outermost level of those that are folded. */
export function levelExpanded(structure: Structure, collapsed: ReadonlySet<number>, rows: Rows): ReadonlySet<number> {
  let outermost = Number.POSITIVE_INFINITY;
  for (const span of rows.spans) {
    if (collapsed.has(span)) outermost = Math.min(outermost, structure.depth[span] as number);
  }
  const next = new Set(collapsed);
  for (const span of rows.spans) if (structure.depth[span] === outermost) next.delete(span);
  return next;
}

/** The next span after one, by the outline and around its end, of which something holds; null where there is none. */
export function nextSpan(
  structure: Structure,
  from: number | null,
  holds: (span: number) => boolean,
  step: 1 | -1 = 1,
): number | null {
  const { count, order, position } = structure;
  let at = from === null ? (step === 1 ? -1 : count) : (position[from] as number);
  for (let seen = 0; seen < count; seen++) {
    at = (at + step + count) % count;
    const span = order[at] as number;
    if (holds(span)) return span;
  }
  return null;
}

/** The span that cost most by itself; null where no cost is known. */
export function mostExpensive(structure: Structure): number | null {
  let found: number | null = null;
  for (const span of structure.order) {
    const cost = structure.costUsd[span] as number;
    if (Number.isNaN(cost) || hasCostBelow(structure, span)) continue;
    if (found === null || cost > (structure.costUsd[found] as number)) found = span;
  }
  return found;
}

/** Whether a span's cost is told in parts by spans below it. */
function hasCostBelow(structure: Structure, span: number): boolean {
  return childrenIn(structure, span).some((child) => !Number.isNaN(structure.allCostUsd[child] as number));
}

export function slowestChild(structure: Structure, span: number, nowNs: number): number | null {
  let found: number | null = null;
  let longestNs = -1;
  for (const child of childrenIn(structure, span)) {
    const duration = endNs(structure, child, nowNs) - (structure.startNs[child] as number);
    if (duration > longestNs) [found, longestNs] = [child, duration];
  }
  return found;
}
