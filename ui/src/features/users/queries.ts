import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { firstTracesQuery } from "@/api/traces";
import { latestQuery, SESSIONS } from "@/subjects/queries";

export type User = Schemas["UserModel"];

/** Of one user's sessions and traces, so many are shown; links lead to the rest. */
export const LATEST = 20;

export const userQuery = (experimentId: string, user: string) =>
  queryOptions({
    queryKey: ["user", experimentId, user],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/users/{user}", {
          params: { path: { user }, query: { experiment_id: experimentId } },
          signal,
        }),
      ),
  });

export const latestSessionsQuery = (experimentId: string, filter: string) => ({
  ...latestQuery(SESSIONS, experimentId, filter, LATEST),
  placeholderData: keepPreviousData,
});

export const latestTracesQuery = (experimentId: string, filter: string) => ({
  ...firstTracesQuery(experimentId, filter, LATEST),
  placeholderData: keepPreviousData,
});
