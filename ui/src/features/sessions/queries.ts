import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

export type Session = Schemas["SessionModel"];
export type Turn = Schemas["TraceModel"];

/** The first page is there soon, and few more hold a long conversation. */
const FIRST_TURNS = 100;
const TURNS_A_PAGE = 500;
/** Of a turn's spans, so many are looked at for its tools. */
const SPANS_OF_A_TURN = 500;

/** A session and its turns, the oldest first. */
export const turnsQuery = (experimentId: string, session: string) =>
  infiniteQueryOptions({
    queryKey: ["session", experimentId, session],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/sessions/{session}", {
          params: {
            path: { session },
            query: {
              experiment_id: experimentId,
              max_results: pageParam === null ? FIRST_TURNS : TURNS_A_PAGE,
              page_token: pageParam,
            },
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
    // Long conversations are read in many pages, and comparing them all with each one takes longer than drawing.
    structuralSharing: false,
    staleTime: 60_000,
  });

/** The outline of a turn's spans and what was said of it. */
export const turnDetailsQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["turn", traceId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}", {
          params: { path: { trace_id: traceId }, query: { limit: SPANS_OF_A_TURN } },
          signal,
        }),
      ),
    staleTime: 60_000,
  });

/** The root of a turn with its inputs and outputs in full. */
export const turnRootQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["turn", traceId, "root"],
    queryFn: async ({ signal, client }) => {
      const { spans } = await client.fetchQuery(turnDetailsQuery(traceId));
      const rootId = spans.id[Math.max(0, spans.parent.indexOf(null))];
      if (rootId === undefined) return null;
      const path = { trace_id: traceId };
      const found = await answer(
        api.GET("/api/v1/traces/{trace_id}/spans", { params: { path, query: { id: [rootId] } }, signal }),
      );
      return found[0] ?? null;
    },
    staleTime: 60_000,
  });
