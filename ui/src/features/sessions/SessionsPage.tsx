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
import { sessionColumns } from "./columns";
import { newestSessionQuery, type Session, sessionsQuery } from "./queries";

const FROM = "/experiments/$experimentId/sessions";
const CODE = {
  trilha: 'import trilha\ntrilha.update_current_trace(session_id="chat-42")',
  mlflow: 'import mlflow\nmlflow.update_current_trace(metadata={"mlflow.trace.session": "chat-42"})',
};

/** Conversations: one is found where any of its traces is. */
export function SessionsPage() {
  const { experimentId } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const router = useRouter();
  const nowMs = useSteadyNow();
  const filter = listFilter(view, nowMs);
  const query = useInfiniteQuery(sessionsQuery({ experimentId, filter, ...subjectOrder(view.sort) }));
  const pages = query.data?.pages ?? [];
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.sessions) ?? [], [query.data]);
  const columns = useMemo(() => sessionColumns(nowMs), [nowMs]);
  const change = (next: Partial<ListView>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  const place = (row: Session) => ({
    to: "/experiments/$experimentId/sessions/$session" as const,
    params: { experimentId, session: row.session },
    search: carried(view),
  });
  return (
    <SubjectList
      title={text.nav.sessions}
      experimentId={experimentId}
      view={view}
      onView={change}
      query={query}
      rows={rows}
      pageSizes={pages.map((page) => page.sessions.length)}
      isComplete={pages.every((page) => page.is_complete)}
      columns={columns}
      rowKey={sessionKey}
      hrefOf={(row) => router.buildLocation(place(row)).href}
      onOpen={(row) => void navigate(place(row))}
      empty={<NoSessions experimentId={experimentId} view={view} onView={change} />}
    />
  );
}

const sessionKey = (row: Session) => `${row.experiment_id}/${row.session}`;

interface NoSessionsProps {
  experimentId: string;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
}

function NoSessions({ experimentId, view, onView }: NoSessionsProps) {
  const { data, error } = useQuery(newestSessionQuery(experimentId));
  const newestMs = data === undefined ? undefined : (data?.totals.last_time_ms ?? null);
  return (
    <NothingFound newestMs={newestMs} error={error} view={view} onView={onView} words={text.sessions} code={CODE} />
  );
}
