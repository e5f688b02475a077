import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./client";

export interface TraceSearch {
  readonly filter: string;
  readonly most: number;
  /** The newest come first unless another order is asked for. */
  readonly order?: readonly string[];
  /** Of the page before; without it the first page is given. */
  readonly pageToken?: string | null;
}

/** Find a page of traces. */
export function searchTraces(
  experimentId: string,
  { filter, most, order = [], pageToken = null }: TraceSearch,
  signal?: AbortSignal,
) {
  const body = {
    experiment_ids: [experimentId],
    filter,
    order_by: [...order],
    max_results: most,
    page_token: pageToken,
  };
  return answer(api.POST("/api/v1/traces/search", { body, signal }));
}

/** The first traces of a search: the newest, unless another order is asked for. */
export const firstTracesQuery = (experimentId: string, filter: string, most: number, order: string[] = []) =>
  queryOptions({
    queryKey: ["first traces", experimentId, filter, most, order],
    queryFn: ({ signal }) => searchTraces(experimentId, { filter, most, order }, signal),
  });
