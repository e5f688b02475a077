import { Link } from "@tanstack/react-router";
import { quoted } from "@/filter/terms";
import { count, usd } from "@/format/numbers";
import { CELL_LINK, countColumns, feedbackColumn, sumColumns, timeColumns } from "@/subjects/totals";
import type { Column } from "@/table/DataTable";
import { text } from "@/text";
import type { User } from "./queries";

export const ofUser = (user: string) => `user = ${quoted(user)}`;

export function userColumns(nowMs: number): Column<User>[] {
  const words = text.users.columns;
  return [
    {
      id: "user",
      header: words.user,
      widthPx: 220,
      isFixed: true,
      grows: true,
      cell: (row) => (
        <span className="text-accent" title={row.user}>
          {row.user}
        </span>
      ),
    },
    ...countColumns<User>((row) => ofUser(row.user), words.traces),
    {
      id: "sessions",
      header: words.sessions,
      widthPx: 84,
      align: "end",
      cell: (row) => (
        <Link
          to="/experiments/$experimentId/sessions"
          params={{ experimentId: row.experiment_id }}
          search={{ q: ofUser(row.user), t: "all" }}
          className={CELL_LINK}
        >
          {count(row.sessions)}
        </Link>
      ),
    },
    ...sumColumns<User>(true),
    {
      id: "mean-cost",
      header: words.meanCost,
      widthPx: 110,
      align: "end",
      cell: (row) => usd(row.totals.traces === 0 ? null : row.totals.cost_usd / row.totals.traces),
    },
    ...timeColumns<User>(nowMs),
    { ...feedbackColumn<User>(), widthPx: 360 },
  ];
}
