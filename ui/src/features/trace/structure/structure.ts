/**
 * The tree of a trace's spans, in typed arrays: a hundred thousand spans are linked in some milliseconds.
 *
 * `order` lists the spans as an outline does, each before what is below it, children by start. What is below a span
 * therefore lies in one piece behind it, `size` long.
 */
import { type Columns, ERROR, MISSING, NONE, SpanCollection } from "./spans";

export interface Structure extends Columns {
  /** The place of the parent; -1 for roots, be it that their parent is missing. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** Places, in the order of the outline. */
  readonly order: Int32Array;
  /** Where a span stands in `order`. */
  readonly position: Int32Array;
  /** How many spans a span and all below it are. */
  readonly size: Int32Array;
  readonly childCount: Int32Array;
  /** Which child of its parent a span is, from 1; roots are counted alike. */
  readonly nth: Int32Array;
  readonly rootCount: number;
  /** Spans whose parent has not arrived. */
  readonly missesParent: Uint8Array;
  readonly missingParents: number;
  /** Spans that are roots because they are, over others, their own parent. */
  readonly isLoop: Uint8Array;
  /** Errors of a span and all below it. */
  readonly errors: Int32Array;
  /** A span's own tokens, else those of the spans below it: an agent's total holds its calls. */
  readonly allTokens: Float64Array;
  readonly allCostUsd: Float64Array;
  /** From the first start to the last end or start. */
  readonly firstNs: number;
  readonly lastNs: number;
  readonly running: number;
  readonly placeOf: (spanId: string) => number | undefined;
}

/** Link what has arrived. */
export function structureOf(spans: SpanCollection): Structure {
  const columns = spans.columns();
  const { count } = columns;
  const { parent, missesParent, missingParents } = parentsOf(columns);
  const sorted = byStart(columns.startNs);
  const isLoop = new Uint8Array(count);
  const walk = walked(parent, sorted, columns.startNs, isLoop);
  const placeOf = (id: string) => {
    const place = spans.placeOf(id);
    return place !== undefined && place < count ? place : undefined;
  };
  return {
    ...columns,
    ...walk,
    parent,
    missesParent,
    missingParents,
    isLoop,
    ...sums(columns, parent, walk.order),
    ...extent(columns),
    placeOf,
  };
}

/** A trace of which nothing has arrived. */
export const EMPTY: Structure = structureOf(new SpanCollection());

function parentsOf(columns: Columns) {
  const parent = columns.parent.slice();
  const missesParent = new Uint8Array(columns.count);
  let missingParents = 0;
  for (let span = 0; span < parent.length; span++) {
    if (parent[span] !== MISSING) continue;
    parent[span] = NONE;
    missesParent[span] = 1;
    missingParents++;
  }
  return { parent, missesParent, missingParents };
}

/** Places by start; who starts together stays in the order of arrival. */
function byStart(startNs: Float64Array): Int32Array {
  const places = new Int32Array(startNs.length);
  let isSorted = true;
  for (let span = 0; span < places.length; span++) {
    places[span] = span;
    if (span > 0 && (startNs[span] as number) < (startNs[span - 1] as number)) isSorted = false;
  }
  if (!isSorted) places.sort((a, b) => (startNs[a] as number) - (startNs[b] as number) || a - b);
  return places;
}

interface Children {
  /** Children one parent after the other, each by start; roots at the end. */
  readonly list: Int32Array;
  /** Where those of a span begin; they end where those of the next begin. */
  readonly from: Int32Array;
}

function childrenOf(parent: Int32Array, sorted: Int32Array): Children {
  const count = parent.length;
  const group = (span: number) => (parent[span] === NONE ? count : (parent[span] as number));
  const from = new Int32Array(count + 2);
  for (let span = 0; span < count; span++) from[group(span) + 1] = (from[group(span) + 1] as number) + 1;
  for (let span = 0; span <= count; span++) from[span + 1] = (from[span + 1] as number) + (from[span] as number);
  const next = from.slice();
  const list = new Int32Array(count);
  for (const span of sorted) {
    const place = next[group(span)] as number;
    list[place] = span;
    next[group(span)] = place + 1;
  }
  return { list, from };
}

/** Go through all trees. What no root leads to hangs on a loop: it is cut at the span that started first. */
function walked(parent: Int32Array, sorted: Int32Array, startNs: Float64Array, isLoop: Uint8Array) {
  const count = parent.length;
  const { list, from } = childrenOf(parent, sorted);
  const tree = {
    depth: new Int32Array(count),
    order: new Int32Array(count),
    position: new Int32Array(count).fill(NONE),
    size: new Int32Array(count).fill(1),
    childCount: new Int32Array(count),
    nth: new Int32Array(count),
  };
  const stack = new Int32Array(count);
  let filled = 0;
  let rootCount = 0;
  const descend = (root: number) => {
    tree.nth[root] = ++rootCount;
    let height = 0;
    stack[height++] = root;
    tree.position[root] = 0; // taken; the true place follows
    while (height > 0) {
      const span = stack[--height] as number;
      tree.position[span] = filled;
      tree.order[filled++] = span;
      let children = 0;
      const end = from[span + 1] as number;
      for (let at = from[span] as number; at < end; at++) {
        const child = list[at] as number;
        if (tree.position[child] !== NONE) continue;
        tree.nth[child] = ++children;
        tree.depth[child] = (tree.depth[span] as number) + 1;
      }
      tree.childCount[span] = children;
      for (let at = end - 1; at >= (from[span] as number); at--) {
        const child = list[at] as number;
        if (tree.position[child] !== NONE) continue;
        tree.position[child] = 0;
        stack[height++] = child;
      }
    }
  };
  for (let at = from[count] as number; at < count; at++) descend(list[at] as number);
  for (let at = 0; filled < count && at < count; at++) {
    const span = sorted[at] as number;
    if (tree.position[span] !== NONE) continue;
    const root = firstOfLoop(span, parent, startNs);
    isLoop[root] = 1;
    parent[root] = NONE;
    descend(root);
  }
  for (let at = count - 1; at >= 0; at--) {
    const span = tree.order[at] as number;
    const above = parent[span] as number;
    if (above !== NONE) tree.size[above] = (tree.size[above] as number) + (tree.size[span] as number);
  }
  return { ...tree, rootCount };
}

/** Follow parents onto the loop, and once around it. */
function firstOfLoop(span: number, parent: Int32Array, startNs: Float64Array): number {
  const seen = new Set<number>();
  let at = span;
  while (!seen.has(at)) {
    seen.add(at);
    at = parent[at] as number;
  }
  let first = at;
  for (let next = parent[at] as number; next !== at; next = parent[next] as number) {
    if ((startNs[next] as number) < (startNs[first] as number)) first = next;
  }
  return first;
}

function sums({ count, status, tokens, costUsd }: Columns, parent: Int32Array, order: Int32Array) {
  const errors = new Int32Array(count);
  const below = { tokens: new Float64Array(count).fill(Number.NaN), costUsd: new Float64Array(count).fill(Number.NaN) };
  const add = (sum: Float64Array, own: Float64Array, span: number, above: number) => {
    const all = Number.isNaN(own[span]) ? (sum[span] as number) : (own[span] as number);
    sum[span] = all;
    if (above !== NONE && !Number.isNaN(all)) {
      const old = sum[above] as number;
      sum[above] = Number.isNaN(old) ? all : old + all;
    }
  };
  for (let at = count - 1; at >= 0; at--) {
    const span = order[at] as number;
    const above = parent[span] as number;
    if (status[span] === ERROR) errors[span] = (errors[span] as number) + 1;
    if (above !== NONE) errors[above] = (errors[above] as number) + (errors[span] as number);
    add(below.tokens, tokens, span, above);
    add(below.costUsd, costUsd, span, above);
  }
  return { errors, allTokens: below.tokens, allCostUsd: below.costUsd };
}

function extent({ count, startNs, durationNs }: Columns) {
  let [firstNs, lastNs, running] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (let span = 0; span < count; span++) {
    const start = startNs[span] as number;
    const duration = durationNs[span] as number;
    if (Number.isNaN(duration)) running++;
    const end = Number.isNaN(duration) ? start : start + duration;
    if (start < firstNs) firstNs = start;
    if (end > lastNs) lastNs = end;
  }
  return count === 0 ? { firstNs: 0, lastNs: 0, running } : { firstNs, lastNs, running };
}

/** The children of a span, by start. */
export function childrenIn(structure: Structure, span: number): number[] {
  const children: number[] = [];
  const end = (structure.position[span] as number) + (structure.size[span] as number);
  let at = (structure.position[span] as number) + 1;
  while (at < end) {
    const child = structure.order[at] as number;
    children.push(child);
    at += structure.size[child] as number;
  }
  return children;
}

/** The spans that hold a span, from its parent up. */
export function ancestorsOf(structure: Structure, span: number): number[] {
  const above: number[] = [];
  for (let at = structure.parent[span] as number; at !== NONE; at = structure.parent[at] as number) above.push(at);
  return above;
}

export function typeOf(structure: Columns, span: number): string {
  return structure.types[structure.type[span] as number] as string;
}

/** When a span ended, or `nowNs` while it runs. */
export function endNs(structure: Columns, span: number, nowNs: number): number {
  const duration = structure.durationNs[span] as number;
  const start = structure.startNs[span] as number;
  return Number.isNaN(duration) ? Math.max(nowNs, start) : start + duration;
}

/** The time of each span in which none of its children ran. Running spans have what they had until `nowNs`. */
export function selfTimes(structure: Structure, nowNs: number): Float64Array {
  const self = new Float64Array(structure.count);
  // Children come by start, and a span's own pieces are counted while its row of children is walked.
  const coveredTo = new Float64Array(structure.count);
  for (let span = 0; span < structure.count; span++) {
    coveredTo[span] = structure.startNs[span] as number;
    self[span] = endNs(structure, span, nowNs) - (structure.startNs[span] as number);
  }
  for (const span of structure.order) {
    const above = structure.parent[span] as number;
    if (above === NONE) continue;
    const from = Math.max(structure.startNs[span] as number, coveredTo[above] as number);
    const to = Math.min(endNs(structure, span, nowNs), endNs(structure, above, nowNs));
    if (to <= from) continue;
    self[above] = (self[above] as number) - (to - from);
    coveredTo[above] = to;
  }
  return self;
}
