import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { Schemas } from "@/api/client";
import { traceFigures } from "@/api/figures";
import { searchTraces } from "@/api/traces";
import { type ListedView, type ListPage, listFilter, listKey, orderOf } from "@/filter/neighbours";

const PAGE_TRACES = 100;
const KEPT_MS = 5 * 60_000;

export type FiguresRow = Schemas["TraceFiguresRow"];

/** The list of a view, a page after the other. It is only read again where somebody asks: rows stand still. */
export const tracesQuery = (experimentId: string, view: ListedView) =>
  infiniteQueryOptions({
    queryKey: listKey(experimentId, view),
    queryFn: async ({ pageParam, signal }): Promise<ListPage> => {
      const filter = pageParam?.filter ?? listFilter(view, Date.now());
      const order = orderOf(view.sort);
      const page = await searchTraces(
        experimentId,
        { filter, most: PAGE_TRACES, order: order === null ? [] : [order], pageToken: pageParam?.token },
        signal,
      );
      return { traces: page.traces, nextPageToken: page.next_page_token, filter };
    },
    initialPageParam: null as { filter: string; token: string } | null,
    getNextPageParam: ({ nextPageToken, filter }) =>
      nextPageToken === null ? undefined : { filter, token: nextPageToken },
    placeholderData: (old, query) => (query?.queryKey[1] === experimentId ? old : undefined),
    staleTime: KEPT_MS,
    gcTime: KEPT_MS,
  });

/** Whether the experiment has any trace. */
export const anyTraceQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["any trace", experimentId],
    queryFn: async ({ signal }) =>
      (await searchTraces(experimentId, { filter: "", most: 1 }, signal)).traces.length > 0,
  });

/** When the oldest trace of a filter began; null where there is none. */
export const oldestQuery = (experimentId: string, q: string) =>
  queryOptions({
    queryKey: ["oldest", experimentId, q],
    queryFn: async ({ signal }) => {
      const page = await searchTraces(experimentId, { filter: q, most: 1, order: ["timestamp ASC"] }, signal);
      return page.traces[0]?.request_time_ms ?? null;
    },
    staleTime: KEPT_MS,
  });

export interface FiguresOf {
  q: string;
  startMs: number | null;
  endMs: number | null;
  groupBy?: string;
  bucketMs?: number;
}

export const figuresQuery = (experimentId: string, { q, startMs, endMs, groupBy, bucketMs }: FiguresOf) =>
  queryOptions({
    queryKey: ["figures", experimentId, { q, startMs, endMs, groupBy, bucketMs }],
    queryFn: async ({ signal }) => {
      const figures = await traceFigures(
        {
          experiment_ids: [experimentId],
          filter: q,
          start_ms: startMs,
          end_ms: endMs,
          group_by: groupBy === undefined ? [] : [groupBy],
          bucket: bucketMs ?? null,
          percentiles: [50, 95],
          limit: 1000,
          assessments: false,
        },
        signal,
      );
      return { ...figures, startMs, endMs };
    },
    placeholderData: (old, query) => (query?.queryKey[1] === experimentId ? old : undefined),
    staleTime: 30_000,
  });
