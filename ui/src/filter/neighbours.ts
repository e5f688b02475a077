/** The list of traces that a view means: its search, and which trace stands above and below one of them. */
import { type InfiniteData, type QueryClient, queryOptions } from "@tanstack/react-query";
import type { ListView } from "@/address/view";
import type { Schemas } from "@/api/client";
import { searchTraces } from "@/api/traces";
import { known } from "@/text/known";
import { parseRange } from "@/time/range";
import { andFilter, termsOf } from "./terms";

type Trace = Schemas["TraceModel"];
export type ListedView = Pick<ListView, "q" | "t" | "sort">;

/** A page of a list, and the filter that it was found with: the next pages keep its time. */
export interface ListPage {
  readonly traces: readonly Trace[];
  readonly nextPageToken: string | null;
  readonly filter: string;
}

/** Under this key pages of the list are kept. Relative times are not written out, so that a list is found again. */
export function listKey(experimentId: string, { q = "", t = "", sort = "" }: ListedView) {
  return ["traces", experimentId, { q, t, sort: orderOf(sort) === null ? "" : sort }] as const;
}

/** The filter of the list, with its time. Who asks for traces by id means them whenever they were. */
export function listFilter({ q = "", t }: ListedView, nowMs: number): string {
  if (namesTraces(q) || termsOf(q) === null) return q; // what cannot be read the server explains best as it is
  const { startMs, endMs } = parseRange(t, nowMs);
  const from = startMs === null ? "" : `timestamp >= ${startMs}`;
  const to = endMs === null ? "" : `timestamp < ${endMs}`;
  return andFilter(q, andFilter(from, to));
}

/** Whether a filter asks for traces by their ids. */
export function namesTraces(q: string): boolean {
  const [term, ...others] = termsOf(q) ?? [];
  return (
    others.length === 0 &&
    term !== undefined &&
    !term.isNegated &&
    /^((attributes?|trace)\.)?(request_id|trace_id)$/.test(term.field ?? "") &&
    (term.operator === "=" || term.operator === "IN")
  );
}

const ORDERS: Readonly<Record<string, string>> = {
  start: "timestamp",
  name: "name",
  status: "status",
  duration: "duration",
  tokens: "tokens.total",
  cost: "cost.total",
  user: "user",
  session: "session",
  version: "version",
};

/** What traces are ordered by under an order of the address; null for newest first, also where it names no order. */
export function orderOf(sort: string | undefined): string | null {
  const isDescending = sort?.startsWith("-") ?? false;
  const id = isDescending ? sort?.slice(1) : sort;
  if (!id || (id === "start" && isDescending)) return null;
  const field = known(ORDERS, id) ?? (/^(tags|metadata)\../.test(id) ? id : null);
  return field === null ? null : `${field} ${isDescending ? "DESC" : "ASC"}`;
}

export interface Neighbours {
  /** The trace above in the list. Null: there is none. Undefined: it is not known, since the order is not by time. */
  previous: Trace | null | undefined;
  /** The trace below. */
  next: Trace | null | undefined;
}

/** Find the traces above and below one in the list of a view: from what is loaded of it, else by two searches. */
export const neighboursQuery = (client: QueryClient, experimentId: string, view: ListedView, trace: Trace) =>
  queryOptions({
    queryKey: ["neighbours", ...listKey(experimentId, view), trace.trace_id],
    queryFn: async ({ signal }): Promise<Neighbours> => {
      const loaded = loadedNeighbours(
        client.getQueryData<InfiniteData<ListPage>>(listKey(experimentId, view)),
        trace.trace_id,
      );
      const searches = neighbourSearches(view, trace, Date.now());
      const find = async (search: NeighbourSearch | undefined, known: Trace | null | undefined) =>
        known || search === undefined ? known : found(experimentId, search, trace, signal);
      const [previous, next] = await Promise.all([
        find(searches?.previous, loaded.previous),
        find(searches?.next, loaded.next),
      ]);
      return { previous, next };
    },
  });

export interface NeighbourSearch {
  readonly filter: string;
  readonly orderBy: string;
}

/** The searches whose first trace after the given one is its neighbour; null where the order is not by time. */
export function neighbourSearches(
  view: ListedView,
  { request_time_ms: timeMs }: Pick<Trace, "request_time_ms">,
  nowMs: number,
) {
  const order = orderOf(view.sort);
  if (order !== null && order !== "timestamp ASC") return null;
  const filter = listFilter(view, nowMs);
  // Traces of the same millisecond are among the answers, and stand in the order of the list.
  const older = { filter: andFilter(filter, `timestamp <= ${timeMs}`), orderBy: "timestamp DESC" };
  const newer = { filter: andFilter(filter, `timestamp >= ${timeMs}`), orderBy: "timestamp ASC" };
  return order === null ? { previous: newer, next: older } : { previous: older, next: newer };
}

/** The trace that follows the given one, which may itself not be in the list: then that of another time. */
export function following(traces: readonly Trace[], { trace_id, request_time_ms }: Trace): Trace | null {
  const at = traces.findIndex((one) => one.trace_id === trace_id);
  return traces.find((one, index) => (at < 0 ? one.request_time_ms !== request_time_ms : index > at)) ?? null;
}

/** What is known from the loaded pages. The ends of what is loaded are not known to be ends of the list. */
export function loadedNeighbours(list: InfiniteData<ListPage> | undefined, traceId: string): Neighbours {
  const traces = list?.pages.flatMap((page) => page.traces) ?? [];
  const at = traces.findIndex((one) => one.trace_id === traceId);
  if (at < 0) return { previous: undefined, next: undefined };
  const isWhole = list?.pages.at(-1)?.nextPageToken === null;
  return { previous: traces[at - 1] ?? null, next: traces[at + 1] ?? (isWhole ? null : undefined) };
}

const SAME_TIME = 20;

async function found(experimentId: string, { filter, orderBy }: NeighbourSearch, trace: Trace, signal: AbortSignal) {
  const seen: Trace[] = [];
  let pageToken: string | null = null;
  do {
    const page: Schemas["TracePageModel"] = await searchTraces(
      experimentId,
      { filter, most: SAME_TIME, order: [orderBy], pageToken },
      signal,
    );
    seen.push(...page.traces);
    const next = following(seen, trace);
    if (next !== null) return next;
    pageToken = page.next_page_token;
  } while (pageToken !== null);
  return null;
}
