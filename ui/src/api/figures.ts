import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "./client";

/** Ask once what traces come to. */
export const traceFigures = (body: Schemas["TraceFiguresRequest"], signal: AbortSignal) =>
  answer(api.POST("/api/v1/figures/traces", { body, signal }));

/** What traces come to. Those who ask the same share one answer. */
export const traceFiguresQuery = (body: Schemas["TraceFiguresRequest"]) =>
  queryOptions({
    queryKey: ["figures", "traces", body],
    queryFn: ({ signal }) => traceFigures(body, signal),
    placeholderData: keepPreviousData,
  });
