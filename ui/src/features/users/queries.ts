import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";

export type User = Schemas["UserModel"];
export type Session = Schemas["SessionModel"];
export type Trace = Schemas["TraceModel"];
export type UserOrder = Schemas["SubjectOrder"];

export interface UsersAsked {
  experimentId: string;
  /** Of traces. */
  filter: string;
  order: UserOrder;
  descending: boolean;
}

const USERS_A_PAGE = 100;
/** Of one user's sessions and traces, so many are shown; links lead to the rest. */
export const LATEST = 20;

export const usersQuery = ({ experimentId, filter, order, descending }: UsersAsked) =>
  infiniteQueryOptions({
    queryKey: ["users", experimentId, filter, order, descending],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.POST("/api/v1/users/search", {
          body: {
            experiment_ids: [experimentId],
            filter,
            order_by: order,
            descending,
            max_results: USERS_A_PAGE,
            page_token: pageParam,
          },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
    placeholderData: keepPreviousData,
  });

/** The user who was seen last, whenever that was; null where there is none. */
export const newestUserQuery = (experimentId: string) =>
  queryOptions({
    queryKey: ["users", experimentId, "newest"],
    queryFn: async ({ signal }) => {
      const body = { experiment_ids: [experimentId], filter: "", descending: true, max_results: 1 };
      const page = await answer(
        api.POST("/api/v1/users/search", { body: { ...body, order_by: "last_time_ms" }, signal }),
      );
      return page.users[0] ?? null;
    },
  });

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

export const latestSessionsQuery = (experimentId: string, filter: string) =>
  queryOptions({
    queryKey: ["user sessions", experimentId, filter],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/sessions/search", {
          body: {
            experiment_ids: [experimentId],
            filter,
            order_by: "last_time_ms",
            descending: true,
            max_results: LATEST,
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const latestTracesQuery = (experimentId: string, filter: string) =>
  queryOptions({
    queryKey: ["user traces", experimentId, filter],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/traces/search", {
          body: { experiment_ids: [experimentId], filter, order_by: [], max_results: LATEST },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
