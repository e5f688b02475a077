import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { carried, type ListView } from "@/address/view";
import { listFilter } from "@/filter/neighbours";
import { useSteadyNow } from "@/filter/useNow";
import { NothingFound } from "@/subjects/NothingFound";
import { subjectOrder } from "@/subjects/order";
import { SubjectList } from "@/subjects/SubjectList";
import { text } from "@/text";
import { userColumns } from "./columns";
import { newestUserQuery, type User, usersQuery } from "./queries";

const FROM = "/experiments/$experimentId/users";
const CODE = {
  trilha: 'import trilha\ntrilha.update_current_trace(user="ana")',
  mlflow: 'import mlflow\nmlflow.update_current_trace(metadata={"mlflow.trace.user": "ana"})',
};

/** People: one is found where any of their traces is. */
export function UsersPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const router = useRouter();
  const nowMs = useSteadyNow();
  const filter = listFilter(view, nowMs);
  const query = useInfiniteQuery(usersQuery({ experimentId, filter, ...subjectOrder(view.sort) }));
  const pages = query.data?.pages ?? [];
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.users) ?? [], [query.data]);
  const columns = useMemo(() => userColumns(nowMs), [nowMs]);
  const change = (next: Partial<ListView>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const place = (row: User) => ({
    to: "/experiments/$experimentId/users/$user" as const,
    params: { experimentId, user: row.user },
    search: carried(view),
  });
  return (
    <SubjectList
      title={text.nav.users}
      experimentId={experimentId}
      view={view}
      onView={change}
      query={query}
      rows={rows}
      pageSizes={pages.map((page) => page.users.length)}
      isComplete={pages.every((page) => page.is_complete)}
      columns={columns}
      rowKey={userKey}
      hrefOf={(row) => router.buildLocation(place(row)).href}
      onOpen={(row) => void navigate(place(row))}
      empty={<NoUsers experimentId={experimentId} view={view} onView={change} />}
    />
  );
}

const userKey = (row: User) => `${row.experiment_id}/${row.user}`;

interface NoUsersProps {
  experimentId: string;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
}

function NoUsers({ experimentId, view, onView }: NoUsersProps) {
  const { data, error } = useQuery(newestUserQuery(experimentId));
  const newestMs = data === undefined ? undefined : (data?.totals.last_time_ms ?? null);
  return <NothingFound newestMs={newestMs} error={error} view={view} onView={onView} words={text.users} code={CODE} />;
}
