import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "./client";

/** What traces come to. Those who ask the same share one answer. */
export const traceFiguresQuery = (body: Schemas["TraceFiguresRequest"]) =>
  queryOptions({
    queryKey: ["figures", "traces", body],
    queryFn: ({ signal }) => answer(api.POST("/api/v1/figures/traces", { body, signal })),
    placeholderData: keepPreviousData,
  });
