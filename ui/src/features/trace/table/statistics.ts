/** What the spans of a trace come to, by name or type, and their order in a table. */
import { ERROR } from "../structure/spans";
import { endNs, type Structure, typeOf } from "../structure/structure";

export type GroupBy = "name" | "type";

export interface Group {
  readonly key: string;
  /** The type of all its spans; null where they differ. */
  readonly type: string | null;
  readonly count: number;
  readonly errors: number;
  readonly totalNs: number;
  readonly averageNs: number;
  readonly p95Ns: number;
  readonly maxNs: number;
  readonly selfNs: number;
  /** Null where nobody counted. */
  readonly tokens: number | null;
  readonly costUsd: number | null;
}

/** Gather spans of the same name or type. `self` is `selfTimes` of the same structure. */
export function groupsOf(
  structure: Structure,
  spans: Iterable<number>,
  by: GroupBy,
  self: Float64Array,
  nowNs: number,
): Group[] {
  const members = new Map<string, number[]>();
  for (const span of spans) {
    const key = by === "name" ? (structure.names[span] as string) : typeOf(structure, span);
    const known = members.get(key);
    if (known) known.push(span);
    else members.set(key, [span]);
  }
  return [...members].map(([key, group]) => groupOf(structure, key, group, self, nowNs));
}

function groupOf(structure: Structure, key: string, spans: number[], self: Float64Array, nowNs: number): Group {
  const durations = new Float64Array(spans.length);
  let [errors, totalNs, selfNs, tokens, costUsd] = [0, 0, 0, Number.NaN, Number.NaN];
  let isOneType = true;
  spans.forEach((span, index) => {
    const duration = endNs(structure, span, nowNs) - (structure.startNs[span] as number);
    durations[index] = duration;
    totalNs += duration;
    selfNs += self[span] as number;
    tokens = added(tokens, structure.tokens[span] as number);
    costUsd = added(costUsd, structure.costUsd[span] as number);
    if (structure.status[span] === ERROR) errors++;
    if (structure.type[span] !== structure.type[spans[0] as number]) isOneType = false;
  });
  durations.sort();
  return {
    key,
    type: isOneType ? typeOf(structure, spans[0] as number) : null,
    count: spans.length,
    errors,
    totalNs,
    averageNs: totalNs / spans.length,
    // The smallest duration that 95 % do not exceed: one that a span really had.
    p95Ns: durations[Math.ceil(0.95 * spans.length) - 1] as number,
    maxNs: durations.at(-1) as number,
    selfNs,
    tokens: Number.isNaN(tokens) ? null : tokens,
    costUsd: Number.isNaN(costUsd) ? null : costUsd,
  };
}

function added(sum: number, value: number): number {
  if (Number.isNaN(value)) return sum;
  return Number.isNaN(sum) ? value : sum + value;
}

export const SPAN_ORDERS = ["start", "duration", "self", "tokens", "cost", "type", "name", "status"] as const;
export type SpanOrder = (typeof SPAN_ORDERS)[number];

/** Sort spans; those without a value come last either way, and equals stay by start. */
export function sortedSpans(
  structure: Structure,
  spans: Int32Array,
  order: SpanOrder,
  isDescending: boolean,
  self: Float64Array,
  nowNs: number,
): Int32Array {
  const keys = keysOf(structure, order, self, nowNs);
  const turn = isDescending ? -1 : 1;
  const arrived = spans.slice().sort();
  if (order === "start" && !isDescending && isSorted(arrived, structure)) return arrived;
  return arrived.sort((a, b) => {
    const [x, y] = [keys[a] as number, keys[b] as number];
    if (x < y) return -turn;
    if (x > y) return turn;
    if (x !== y) return Number.isNaN(x) ? (Number.isNaN(y) ? tie(structure, a, b) : 1) : -1;
    return tie(structure, a, b);
  });
}

/** Whether spans already stand by start, as they are sent; then nothing is to be done. */
function isSorted(spans: Int32Array, structure: Structure): boolean {
  for (let at = 1; at < spans.length; at++) {
    if (tie(structure, spans[at - 1] as number, spans[at] as number) > 0) return false;
  }
  return true;
}

function tie({ startNs, position }: Structure, a: number, b: number): number {
  return (startNs[a] as number) - (startNs[b] as number) || (position[a] as number) - (position[b] as number);
}

/** A number for each span, by which it is sorted. */
function keysOf(structure: Structure, order: SpanOrder, self: Float64Array, nowNs: number): ArrayLike<number> {
  switch (order) {
    case "start":
      return structure.startNs;
    case "self":
      return self;
    case "tokens":
      return structure.tokens;
    case "cost":
      return structure.costUsd;
    case "status":
      return structure.status;
    case "duration":
      return Float64Array.from(structure.startNs, (startNs, span) => endNs(structure, span, nowNs) - startNs);
    case "type":
      return ranks(structure.types, (span) => typeOf(structure, span), structure.count);
    case "name":
      return ranks(new Set(structure.names), (span) => structure.names[span] as string, structure.count);
  }
}

/** Turn texts into their places in the alphabet, so that they are compared once each. */
function ranks(texts: Iterable<string>, textOf: (span: number) => string, count: number): Float64Array {
  const { compare } = new Intl.Collator("en", { numeric: true });
  const rank = new Map([...texts].sort(compare).map((text, index) => [text, index]));
  return Float64Array.from({ length: count }, (_, span) => rank.get(textOf(span)) as number);
}
