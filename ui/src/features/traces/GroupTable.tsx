/** Traces by group: a row for each group with its figures, which opens to its newest traces. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useMemo, useState } from "react";
import { carried, type ListView, writeAddress } from "@/address/view";
import { firstTracesQuery } from "@/api/traces";
import { Problem } from "@/components/States";
import { Status } from "@/components/Status";
import { listFilter } from "@/filter/neighbours";
import { withTerm } from "@/filter/terms";
import { count, duration, percent, shortCount, usd } from "@/format/numbers";
import { moment } from "@/format/time";
import { type Column, DataTable } from "@/table/DataTable";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { CellLink, Duration, Missing } from "./cells";
import { groupFilter, groupValue, sortedGroups } from "./groups";
import type { Trace } from "./live";
import { type FiguresRow, figuresQuery } from "./queries";

const words = text.traces.groupColumns;
const SHOWN_TRACES = 20;

type Row =
  | { kind: "group"; key: string; figures: FiguresRow }
  | { kind: "trace"; key: string; trace: Trace }
  | { kind: "all"; key: string; figures: FiguresRow };

interface GroupTableProps {
  experimentId: string;
  view: ListView;
  group: string;
  nowMs: number;
  onSort: (sort: string | undefined) => void;
  traceHref: (trace: Trace) => string;
}

export function GroupTable(props: GroupTableProps) {
  const { experimentId, view, group, nowMs } = props;
  const q = view.q ?? "";
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const answer = useQuery(figuresQuery(experimentId, { q, ...parseRange(view.t, nowMs), groupBy: group }));
  const groups = useMemo(() => {
    const { data } = answer;
    const rows = data?.group_by[0] === group ? data.rows : []; // else they are those of the group before
    return sortedGroups(rows, group, view.sort);
  }, [answer, group, view.sort]);
  const open = groups.filter((one) => opened.has(keyOf(one, group)));
  const traces = useQueries({
    queries: open.map((one) => {
      const filter = listFilter({ q: groupFilter(q, group, groupValue(one, group)), t: view.t }, nowMs);
      return firstTracesQuery(experimentId, filter, SHOWN_TRACES);
    }),
  });
  const byKey = new Map(open.map((one, index) => [keyOf(one, group), traces[index]?.data?.traces ?? []]));
  const rows = groups.flatMap((figures): Row[] => {
    const key = keyOf(figures, group);
    const shown = byKey.get(key);
    if (shown === undefined) return [{ kind: "group", key, figures }];
    const lines = shown.map((trace): Row => ({ kind: "trace", key: `${key} ${trace.trace_id}`, trace }));
    const all: Row[] = figures.traces > shown.length ? [{ kind: "all", key: `${key} all`, figures }] : [];
    return [{ kind: "group", key, figures }, ...lines, ...all];
  });
  const { history } = useRouter();
  const toggle = (key: string) =>
    setOpened((old) => new Set(old.has(key) ? [...old].filter((one) => one !== key) : [...old, key]));
  const listOf = (row: FiguresRow) => tracesHref(experimentId, view, groupFilter(q, group, groupValue(row, group)));
  const columns = groupColumns(props, opened, toggle);
  if (answer.error && !answer.data) return <Problem error={answer.error} onRetry={() => void answer.refetch()} />;
  return (
    <>
      <DataTable
        label={text.traces.groupedBy(group)}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.key}
        sort={view.sort ?? "-traces"}
        onSort={props.onSort}
        onOpen={(row) =>
          row.kind === "group"
            ? toggle(row.key)
            : history.push(row.kind === "trace" ? props.traceHref(row.trace) : listOf(row.figures))
        }
        renderGroup={(row) =>
          row.kind === "trace" ? (
            <TraceLine trace={row.trace} href={props.traceHref(row.trace)} nowMs={nowMs} />
          ) : row.kind === "all" ? (
            <AllLine row={row.figures} href={listOf(row.figures)} />
          ) : null
        }
        isLoading={answer.data?.group_by[0] !== group}
        isStale={answer.isPlaceholderData}
        empty={null}
      />
      {answer.data?.is_complete === false && (
        <p className="border-line border-t px-4 py-1.5 text-muted text-sm">{text.traces.manyGroups(groups.length)}</p>
      )}
    </>
  );
}

const keyOf = (row: FiguresRow, group: string) => JSON.stringify(groupValue(row, group));

/** The list of the traces that a number counts. */
function tracesHref(experimentId: string, view: ListView, q: string): string {
  return `/experiments/${encodeURIComponent(experimentId)}/traces${writeAddress({ ...carried(view), q })}`;
}

function groupColumns(
  { experimentId, view, group }: GroupTableProps,
  opened: ReadonlySet<string>,
  onToggle: (key: string) => void,
): Column<Row>[] {
  const q = view.q ?? "";
  const name = (row: FiguresRow) => groupValue(row, group) ?? text.traces.noValue;
  const of = (draw: (row: FiguresRow) => ReactNode) => (row: Row) => (row.kind === "trace" ? null : draw(row.figures));
  const linked = (row: FiguresRow, shown: string, narrow = (filter: string) => filter) => (
    <CellLink href={tracesHref(experimentId, view, narrow(groupFilter(q, group, groupValue(row, group))))}>
      {shown}
    </CellLink>
  );
  const slower = (row: FiguresRow, percentile: string) => {
    const ms = row.duration_ms.percentiles[percentile];
    if (ms == null) return <Missing />;
    return linked(row, duration(ms), (q) => withTerm(q, "duration", String(Math.floor(ms)), { operator: ">=" }));
  };
  const number = { align: "end", sortable: true, widthPx: 96 } as const;
  return [
    {
      id: "group",
      header: words.group,
      widthPx: 240,
      grows: true,
      sortable: true,
      cell: of((row) => {
        const key = keyOf(row, group);
        const isOpen = opened.has(key);
        const Icon = isOpen ? ChevronDown : ChevronRight;
        return (
          <>
            <button
              type="button"
              aria-expanded={isOpen}
              aria-label={text.traces.openGroup(name(row))}
              onClick={() => onToggle(key)}
              className="mr-1 inline-flex size-5 items-center justify-center rounded align-middle text-muted after:absolute after:inset-0 hover:text-ink"
            >
              <Icon size={14} aria-hidden />
            </button>
            {groupValue(row, group) === null ? <span className="text-faint">{name(row)}</span> : linked(row, name(row))}
          </>
        );
      }),
    },
    { id: "traces", header: words.traces, ...number, cell: of((row) => linked(row, count(row.traces))) },
    {
      id: "errors",
      header: words.errors,
      ...number,
      cell: of((row) =>
        row.errors === 0 ? <Missing /> : linked(row, count(row.errors), (q) => withTerm(q, "status", "ERROR")),
      ),
    },
    { id: "errorRate", header: words.errorRate, ...number, cell: of((row) => percent(row.error_rate)) },
    { id: "p50", header: words.p50, ...number, cell: of((row) => slower(row, "p50")) },
    { id: "p95", header: words.p95, ...number, cell: of((row) => slower(row, "p95")) },
    { id: "tokens", header: words.tokens, ...number, cell: of((row) => shortCount(row.tokens?.total_tokens)) },
    { id: "cost", header: words.cost, ...number, cell: of((row) => usd(row.cost_usd)) },
  ];
}

function TraceLine({ trace, href, nowMs }: { trace: Trace; href: string; nowMs: number }) {
  return (
    <div className="flex items-center gap-3 pr-2 pl-9">
      <Status state={trace.state} />
      <span className="w-28 shrink-0 text-muted">{moment(trace.request_time_ms, nowMs)}</span>
      <CellLink href={href}>
        <span className="block w-40 truncate">{trace.name ?? trace.trace_id}</span>
      </CellLink>
      <span className="min-w-0 flex-1 truncate text-muted">{trace.request_preview}</span>
      <span className="w-20 shrink-0 text-right">
        <Duration trace={trace} />
      </span>
      <span className="w-20 shrink-0 text-right">{usd(trace.cost?.total_usd)}</span>
    </div>
  );
}

function AllLine({ row, href }: { row: FiguresRow; href: string }) {
  return (
    <div className="pl-9">
      <CellLink href={href}>
        <span className="text-accent">{text.traces.allOfGroup(row.traces)}</span>
      </CellLink>
    </div>
  );
}
