import { Link } from "@tanstack/react-router";
import { VersionLink } from "@/components/VersionLink";
import { quoted } from "@/filter/terms";
import { CELL_LINK, countColumns, feedbackColumn, sumColumns, timeColumns } from "@/subjects/totals";
import type { Column } from "@/table/DataTable";
import { text } from "@/text";
import type { Session } from "./queries";

export const ofSession = (session: string) => `session = ${quoted(session)}`;

export function sessionColumns(nowMs: number): Column<Session>[] {
  const words = text.sessions.columns;
  return [
    {
      id: "session",
      header: words.session,
      widthPx: 158,
      isFixed: true,
      cell: (row) => (
        <span className="font-mono text-accent text-sm" title={row.session}>
          {row.session}
        </span>
      ),
    },
    {
      id: "request",
      header: words.request,
      widthPx: 180,
      grows: true,
      cell: (row) => <Said words={row.first_request} />,
    },
    {
      id: "response",
      header: words.response,
      widthPx: 150,
      grows: true,
      cell: (row) => <Said words={row.last_response} />,
    },
    ...countColumns<Session>((row) => ofSession(row.session), words.turns),
    ...sumColumns<Session>(false),
    { id: "users", header: words.users, widthPx: 120, cell: (row) => <Users row={row} /> },
    ...timeColumns<Session>(nowMs),
    { id: "versions", header: words.versions, widthPx: 200, cell: (row) => <Versions row={row} /> },
    { ...feedbackColumn<Session>(), widthPx: 300 },
  ];
}

function Said({ words }: { words: string | null }) {
  if (words === null) return <span className="text-faint">–</span>;
  return <span title={words}>{words}</span>;
}

function Users({ row }: { row: Session }) {
  return (
    <span className="inline-flex gap-2">
      {row.users.map((user) => (
        <Link
          key={user}
          to="/experiments/$experimentId/users/$user"
          params={{ experimentId: row.experiment_id, user }}
          className={CELL_LINK}
        >
          {user}
        </Link>
      ))}
    </span>
  );
}

function Versions({ row }: { row: Session }) {
  return (
    <span className="inline-flex gap-2">
      {row.versions.map((one) => (
        <VersionLink key={one.version} experimentId={row.experiment_id} version={one} />
      ))}
    </span>
  );
}
