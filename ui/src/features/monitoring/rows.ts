/** From rows of figures to series, groups and shares. */
import type { Schemas } from "@/api/client";
import type { Period } from "./period";

export type TraceRow = Schemas["TraceFiguresRow"];
export type SpanRow = Schemas["SpanFiguresRow"];
type Row = TraceRow | SpanRow;

/**
 * One value for each step, the sum where rows share it. A step without a row gives `missing`: 0 where it counts, null
 * where it measures.
 */
export function bySteps<R extends Row, M extends 0 | null>(
  rows: readonly R[],
  { xMs, stepMs }: Period,
  amountOf: (row: R) => number | null | undefined,
  missing: M,
): (number | M)[] {
  const values: (number | M)[] = xMs.map(() => missing);
  const firstMs = xMs[0] ?? 0;
  for (const row of rows) {
    const at = row.bucket_start_ms === null ? -1 : (row.bucket_start_ms - firstMs) / stepMs;
    const amount = amountOf(row);
    if (at in values && amount != null) values[at] = (values[at] ?? 0) + amount;
  }
  return values;
}

/** Traces by step that are no errors, and those that are. */
export function traffic(rows: readonly TraceRow[], period: Period): { fine: number[]; failed: number[] } {
  return {
    fine: bySteps(rows, period, (row) => row.traces - row.errors, 0),
    failed: bySteps(rows, period, (row) => row.errors, 0),
  };
}

/** Tokens by step, each counted once: what was read from a cache is part of the input. */
export function tokens(rows: readonly TraceRow[], period: Period) {
  const of = (amountOf: (tokens: Schemas["TokenTotals"]) => number) =>
    bySteps(rows, period, (row) => (row.tokens ? amountOf(row.tokens) : 0), 0);
  return {
    uncached: of((all) => Math.max(0, all.input_tokens - all.cache_read_tokens)),
    cached: of((all) => all.cache_read_tokens),
    output: of((all) => all.output_tokens),
  };
}

export interface Group<R> {
  /** What the rows have in common; null for what has no such field. */
  readonly name: string | null;
  readonly rows: R[];
  readonly total: number;
}

/** The groups with the largest totals first, and the sum of the rest. Groups that come to nothing are left out. */
export function largestGroups<R extends Row>(
  rows: readonly R[],
  field: string,
  amountOf: (row: R) => number | null,
  limit: number,
): { groups: Group<R>[]; others: R[] } {
  const found = new Map<string | null, R[]>();
  for (const row of rows) {
    const name = row.group[field] ?? null;
    const group = found.get(name);
    if (group) group.push(row);
    else found.set(name, [row]);
  }
  const groups = [...found].map(([name, of]) => ({
    name,
    rows: of,
    total: of.reduce((sum, row) => sum + (amountOf(row) ?? 0), 0),
  }));
  const ordered = groups.filter((group) => group.total > 0).sort((one, other) => other.total - one.total);
  return { groups: ordered.slice(0, limit), others: ordered.slice(limit).flatMap((group) => group.rows) };
}

interface FirstSeen {
  readonly atMs: number;
  readonly label: string;
}

/** When values of a field were first seen, but for those that were there before. */
export function firstSeen(rows: readonly TraceRow[], before: readonly TraceRow[], field: string): FirstSeen[] {
  const known = new Set(before.map((row) => row.group[field]));
  const first = new Map<string, number>();
  for (const { group, bucket_start_ms: atMs } of rows) {
    const name = group[field];
    if (name != null && atMs !== null) first.set(name, Math.min(first.get(name) ?? atMs, atMs));
  }
  const labels = withoutSharedStart([...first.keys()]);
  return [...first]
    .map(([name, atMs], index) => ({ atMs, label: labels[index] ?? name, isNew: !known.has(name) }))
    .flatMap(({ isNew, ...seen }) => (isNew ? [seen] : []));
}

/** Names without the words that all begin with: of `agent-v1` and `agent-v2`, `v1` and `v2`. */
export function withoutSharedStart(names: readonly string[]): string[] {
  const [first = "", ...rest] = names;
  let length = rest.length > 0 ? first.length : 0;
  while (
    length > 0 &&
    !(/[-_@:/ ]/.test(first[length - 1] ?? "") && rest.every((name) => name.startsWith(first.slice(0, length))))
  ) {
    length--;
  }
  return names.map((name) => name.slice(length) || name);
}
