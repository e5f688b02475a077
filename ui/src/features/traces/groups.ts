/** Groups of traces: which fields there are, and the filters that their numbers stand for. */
import { andFilter, withTerm } from "@/filter/terms";
import { known } from "@/text/known";
import type { FiguresRow } from "./queries";
import { labelKey } from "./values";

export const GROUP_FIELDS = ["session", "user", "version", "name", "status", "model"] as const;

/** The field to group by as the address has it; null where it names none. */
export function parseGroup(group: string | undefined): string | null {
  if (!group) return null;
  return (GROUP_FIELDS as readonly string[]).includes(group) || labelKey(group) !== null ? group : null;
}

/** The filter that finds the traces of a group. */
export function groupFilter(q: string, group: string, value: string | null): string {
  const field = group === "model" ? "span.model" : group;
  return value === null ? andFilter(q, `${field} IS NULL`) : withTerm(q, field, value);
}

export const groupValue = (row: FiguresRow, group: string): string | null => row.group[group] ?? null;

type Measure = (row: FiguresRow) => string | number | null;

const tracesOf: Measure = (row) => row.traces;

const MEASURES: Readonly<Record<string, Measure>> = {
  traces: tracesOf,
  errors: (row) => row.errors,
  errorRate: (row) => row.error_rate,
  p50: (row) => row.duration_ms.percentiles.p50 ?? null,
  p95: (row) => row.duration_ms.percentiles.p95 ?? null,
  tokens: (row) => row.tokens?.total_tokens ?? null,
  cost: (row) => row.cost_usd,
};

/** Order groups by a column; what is not known comes last either way. The largest first where no order is known. */
export function sortedGroups(rows: readonly FiguresRow[], group: string, sort: string | undefined): FiguresRow[] {
  const isDescending = !sort || sort.startsWith("-");
  const id = sort?.replace(/^-/, "") ?? "traces";
  const measure: Measure = id === "group" ? (row) => groupValue(row, group) : (known(MEASURES, id) ?? tracesOf);
  const compare = (a: string | number, b: string | number) =>
    typeof a === "string" && typeof b === "string" ? a.localeCompare(b) : Number(a) - Number(b);
  return [...rows].sort((one, other) => {
    const [a, b] = [measure(one), measure(other)];
    if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
    return isDescending ? compare(b, a) : compare(a, b);
  });
}
