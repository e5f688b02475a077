import type { Schemas } from "@/api/client";

export type SubjectOrder = Schemas["SubjectOrder"];

/** What a list of sessions or users is ordered by, by the id of the column. */
const ORDERS: Record<string, SubjectOrder> = {
  last: "last_time_ms",
  first: "first_time_ms",
  traces: "traces",
  errors: "errors",
  duration: "duration_ms",
  tokens: "total_tokens",
  cost: "cost_usd",
};

export const DEFAULT_SORT = "-last";

/** Read a sort of the address; what cannot be read is the default. */
export function subjectOrder(sort: string | undefined): { order: SubjectOrder; descending: boolean } {
  const order = ORDERS[sort?.replace(/^-/, "") ?? ""];
  return order === undefined || sort === undefined
    ? { order: "last_time_ms", descending: true }
    : { order, descending: sort.startsWith("-") };
}
