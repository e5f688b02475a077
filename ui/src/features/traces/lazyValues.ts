/** What a list's answer does not hold, read trace by trace for the rows in sight. */
import { queryOptions, skipToken } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import type { Trace } from "./live";

/** Rows that scroll by faster than this are not asked for. */
const SETTLE_MS = 150;

/** The assessments of a trace, and its first spans, of which one is the root. */
export const headQuery = ({ trace_id, change }: Trace) =>
  queryOptions({
    queryKey: ["trace head", trace_id, change],
    queryFn: async ({ signal }) => {
      await settled(signal);
      const params = { path: { trace_id }, query: { limit: 20 } };
      return answer(api.GET("/api/v1/traces/{trace_id}", { params, signal }));
    },
    staleTime: Number.POSITIVE_INFINITY,
  });

export const rootSpanQuery = ({ trace_id, change }: Trace, spanId: string | undefined) =>
  queryOptions({
    queryKey: ["root span", trace_id, change],
    queryFn:
      spanId === undefined
        ? skipToken
        : async ({ signal }) => {
            const params = { path: { trace_id }, query: { id: [spanId] } };
            return (await answer(api.GET("/api/v1/traces/{trace_id}/spans", { params, signal })))[0] ?? null;
          },
    staleTime: Number.POSITIVE_INFINITY,
  });

function settled(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, SETTLE_MS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
