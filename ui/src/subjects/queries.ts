/** Sessions and users: both are found by their traces, and read a page after the other. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { subjectOrder } from "./order";

/** What sessions and users have in common. */
export interface Subject {
  experiment_id: string;
  totals: Schemas["TotalsModel"];
  feedback: Schemas["FeedbackModel"][];
}

interface Page<R> {
  rows: R[];
  next_page_token: string | null;
  is_complete: boolean;
}

export interface SubjectKind<R extends Subject> {
  name: "sessions" | "users";
  keyOf: (row: R) => string;
  search: (body: Schemas["SubjectSearch"], signal: AbortSignal) => Promise<Page<R>>;
}

export const SESSIONS: SubjectKind<Schemas["SessionModel"]> = {
  name: "sessions",
  keyOf: (row) => `${row.experiment_id}/${row.session}`,
  search: async (body, signal) => {
    const { sessions: rows, ...page } = await answer(api.POST("/api/v1/sessions/search", { body, signal }));
    return { rows, ...page };
  },
};

export const USERS: SubjectKind<Schemas["UserModel"]> = {
  name: "users",
  keyOf: (row) => `${row.experiment_id}/${row.user}`,
  search: async (body, signal) => {
    const { users: rows, ...page } = await answer(api.POST("/api/v1/users/search", { body, signal }));
    return { rows, ...page };
  },
};

const ROWS_A_PAGE = 100;

/** Those of whom any trace matches, in the order of the address. */
export function listQuery<R extends Subject>(
  kind: SubjectKind<R>,
  experimentId: string,
  filter: string,
  sort: string | undefined,
) {
  const body = { experiment_ids: [experimentId], filter, ...subjectOrder(sort), max_results: ROWS_A_PAGE };
  return infiniteQueryOptions({
    queryKey: [kind.name, "list", body],
    queryFn: ({ pageParam, signal }) => kind.search({ ...body, page_token: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_page_token,
    placeholderData: keepPreviousData,
  });
}

/** Those that were active last. */
export function latestQuery<R extends Subject>(
  kind: SubjectKind<R>,
  experimentId: string,
  filter: string,
  max_results: number,
) {
  const body = { experiment_ids: [experimentId], filter, ...subjectOrder(undefined), max_results };
  return queryOptions({
    queryKey: [kind.name, "latest", body],
    queryFn: ({ signal }) => kind.search(body, signal),
  });
}
