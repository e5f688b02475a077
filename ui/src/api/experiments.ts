import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "./client";

export const experimentsQuery = queryOptions({
  queryKey: ["experiments"],
  queryFn: ({ signal }) => answer(api.GET("/api/v1/experiments", { signal })),
  staleTime: 30_000,
});

export const experimentQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["experiment", experimentId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/experiments/{experiment_id}", { params: { path: { experiment_id: experimentId } }, signal }),
      ),
    staleTime: 30_000,
  });
