import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Bars } from "@/charts/Bars";
import { type FigureColumn, FigureTable } from "@/charts/FigureTable";
import { comparison } from "@/filter/terms";
import { count, duration, measured, percent, shortCount, usd } from "@/format/numbers";
import { text } from "@/text";
import { Panel } from "./Panel";
import { subjectsQuery, traceFigures } from "./queries";
import type { TraceRow } from "./rows";
import { FAILED } from "./TrafficPanels";
import { type Board, tracesLink } from "./view";

const words = text.monitoring;
const TABLE_PX = 126;
const SHOWN = 50;

/** Traces that share a value, or have none. The filter calls a trace's model `span.model`. */
function conditionOf(field: string, value: string | null | undefined, ...more: string[]): string {
  const name = field === "model" ? "span.model" : field;
  return [value == null ? `${name} IS NULL` : comparison(name, value), ...more].join(" AND ");
}

function columnsOf(board: Board, field: string, header: string): FigureColumn<TraceRow>[] {
  const link = (row: TraceRow) => tracesLink(board, conditionOf(field, row.group[field]));
  const failed = (row: TraceRow) =>
    row.errors > 0 ? tracesLink(board, conditionOf(field, row.group[field], FAILED)) : null;
  const each = (sum: number | null | undefined, of: number) => (sum == null || of === 0 ? null : sum / of);
  return [
    {
      header,
      isText: true,
      link,
      cell: (row) => row.group[field] ?? <span className="text-faint">{words.without}</span>,
    },
    { header: words.columns.traces, cell: (row) => count(row.traces), link },
    {
      header: words.columns.errorRate,
      cell: (row) => <span className={row.errors > 0 ? "text-error" : "text-faint"}>{percent(row.error_rate)}</span>,
      link: failed,
    },
    { header: words.columns.p50, cell: (row) => duration(row.duration_ms.percentiles.p50), link },
    { header: words.columns.p95, cell: (row) => duration(row.duration_ms.percentiles.p95), link },
    {
      header: words.columns.tokens,
      cell: (row) => shortCount(each(row.tokens?.total_tokens, row.traces_with_usage)),
      link,
    },
    { header: words.columns.cost, cell: (row) => usd(each(row.cost_usd, row.traces_with_cost)), link },
    { header: words.columns.totalCost, cell: (row) => usd(row.cost_usd), link },
  ];
}

interface GroupTableProps {
  board: Board;
  field: string;
  title: string;
  header: string;
  /** Stands beside the title. */
  aside?: ReactNode;
  isWide?: boolean;
}

/** Groups of traces side by side: how many, how well, how fast, how dear. */
export function GroupTablePanel({ board, field, title, header, aside, isWide = true }: GroupTableProps) {
  const query = useQuery(traceFigures(board, board.period, { group_by: [field], limit: SHOWN }));
  return (
    <Panel
      {...{ title, aside, isWide }}
      query={query}
      heightPx={TABLE_PX}
      nothing={({ rows }) => (rows.length === 0 ? words.nothing.traces : null)}
    >
      {({ rows }) => (
        <FigureTable
          label={title}
          rows={rows}
          rowKey={(row) => JSON.stringify(row.group)}
          columns={columnsOf(board, field, header)}
        />
      )}
    </Panel>
  );
}

const ENVIRONMENT = "tags.environment";
const FIELDS: Record<string, string> = { ...words.groups, [ENVIRONMENT]: ENVIRONMENT };

/** The same table, grouped by what the address says. */
export function ChosenGroupPanel({ board, group = "version" }: { board: Board; group?: string }) {
  const navigate = useNavigate();
  const fields = Object.hasOwn(FIELDS, group) ? FIELDS : { ...FIELDS, [group]: group };
  return (
    <GroupTablePanel
      board={board}
      field={group}
      title={words.grouped}
      header={fields[group] ?? group}
      aside={
        <select
          aria-label={words.groupBy}
          value={group}
          onChange={(event) => {
            const chosen = event.target.value;
            void navigate({ to: ".", search: (old: object) => ({ ...old, group: chosen }), replace: true });
          }}
          className="h-6 rounded border border-line px-1"
        >
          {Object.entries(fields).map(([field, name]) => (
            <option key={field} value={field}>
              {name}
            </option>
          ))}
        </select>
      }
    />
  );
}

const USERS = 8;

/** Who uses it, and in how many conversations. */
export function UsersPanel({ board }: { board: Board }) {
  const users = useQuery(subjectsQuery(board, board.period, "user"));
  const sessions = useQuery(subjectsQuery(board, board.period, "session"));
  const named = (rows: readonly TraceRow[] | undefined, field: string) =>
    (rows ?? []).filter((row) => row.group[field] != null);
  const conversations = named(sessions.data?.rows, "session");
  const turns = conversations.reduce((sum, row) => sum + row.traces, 0);
  const aside = [
    words.activeUsers(named(users.data?.rows, "user").length, users.data?.is_complete ?? true),
    words.activeSessions(conversations.length, sessions.data?.is_complete ?? true),
    ...(conversations.length > 0 ? [words.turnsEach(measured(Number((turns / conversations.length).toFixed(1))))] : []),
  ].join(" · ");
  return (
    <Panel
      title={words.users}
      aside={users.data && sessions.data ? aside : null}
      query={users}
      heightPx={USERS * 28}
      nothing={({ rows }) => (named(rows, "user").length === 0 ? words.nothing.users : null)}
    >
      {({ rows }) => (
        <Bars
          label={words.users}
          bars={named(rows, "user")
            .slice(0, USERS)
            .map((row) => ({
              key: row.group.user ?? "",
              label: row.group.user,
              value: row.traces,
              words: count(row.traces),
              link: tracesLink(board, conditionOf("user", row.group.user)),
            }))}
        />
      )}
    </Panel>
  );
}
