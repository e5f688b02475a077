import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { fetchAnswer, wholeOf } from "@/payload/largeValue";

export type FoundSpan = Schemas["FoundSpan"];

/** Spans in which a text stands, payloads too, a part of the trace at a time. */
export const findQuery = (traceId: string, text: string) =>
  infiniteQueryOptions({
    queryKey: ["trace", traceId, "find", text],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}/find", {
          params: { path: { trace_id: traceId }, query: { text, offset: pageParam } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_offset,
    enabled: text !== "",
    staleTime: 60_000,
  });

/** The trace in JSON as it is served at an address; a worker holds what is large of it. */
export const rawQuery = (address: string) =>
  queryOptions({
    queryKey: ["raw", address],
    queryFn: async ({ signal }) => {
      const { value, isLarge } = await fetchAnswer(address, signal);
      return isLarge ? wholeOf(address, []) : value;
    },
    staleTime: 60_000,
    gcTime: 0,
  });

export const otlpAddress = (traceId: string) => `/api/v1/traces/${encodeURIComponent(traceId)}/raw`;
export const mlflowAddress = (traceId: string) =>
  `/api/3.0/mlflow/traces/get?trace_id=${encodeURIComponent(traceId)}&allow_partial=true`;

export const readSpans = (traceId: string, spanIds: string[]) =>
  answer(
    api.GET("/api/v1/traces/{trace_id}/spans", { params: { path: { trace_id: traceId }, query: { id: spanIds } } }),
  );

export const editTags = (traceId: string, tags: Record<string, string | null>) =>
  answer(api.PATCH("/api/v1/traces/{trace_id}/tags", { params: { path: { trace_id: traceId } }, body: { tags } }));

export const deleteTrace = (traceId: string) =>
  answer(api.DELETE("/api/v1/traces/{trace_id}", { params: { path: { trace_id: traceId } } }));
