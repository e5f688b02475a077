import { infiniteQueryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

type Transcript = Schemas["TranscriptModel"];
export type Item = Transcript["items"][number];
export type MessageItem = Schemas["MessageItemModel"];
export type ToolItem = Schemas["ToolItemModel"];
export type DocumentsItem = Schemas["DocumentsItemModel"];

const PAGE_ITEMS = 200;

/** The conversation of a trace, a part at a time. */
export const transcriptQuery = (traceId: string) =>
  infiniteQueryOptions({
    queryKey: ["trace", traceId, "transcript"],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}/transcript", {
          params: { path: { trace_id: traceId }, query: { offset: pageParam, limit: PAGE_ITEMS } },
          signal,
        }),
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next_offset,
    staleTime: 10_000,
  });
