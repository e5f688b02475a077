import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./client";

const EVERY_MS = 5_000;

/** All that arrived. It is read again while somebody looks. */
export const ingestionQuery = queryOptions({
  queryKey: ["ingestion"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/ingestion", { signal })),
  refetchInterval: EVERY_MS,
  staleTime: 0,
});
