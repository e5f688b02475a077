import type { Schemas } from "@/api/client";

type SubjectOrder = Schemas["SubjectOrder"];

/** What a list of sessions or users is ordered by, by the id of the column. */
const ORDERS = new Map<string, SubjectOrder>([
  ["last", "last_time_ms"],
  ["first", "first_time_ms"],
  ["traces", "traces"],
  ["errors", "errors"],
  ["duration", "duration_ms"],
  ["tokens", "total_tokens"],
  ["cost", "cost_usd"],
]);

export const DEFAULT_SORT = "-last";

/** Read a sort of the address; what cannot be read is the default. */
export function subjectOrder(sort: string | undefined): { order_by: SubjectOrder; descending: boolean } {
  const order = ORDERS.get(sort?.replace(/^-/, "") ?? "");
  return order === undefined || sort === undefined
    ? { order_by: "last_time_ms", descending: true }
    : { order_by: order, descending: sort.startsWith("-") };
}
