import { useQuery } from "@tanstack/react-query";
import { Bars } from "@/charts/Bars";
import { type FigureColumn, FigureTable } from "@/charts/FigureTable";
import { SpanTypeIcon, spanLook } from "@/components/SpanType";
import { comparison } from "@/filter/terms";
import { count, duration, percent } from "@/format/numbers";
import { text } from "@/text";
import { Panel } from "./Panel";
import { failedSpansQuery, spanFigures, spanNamesQuery, toolsQuery } from "./queries";
import type { SpanRow } from "./rows";
import { type Board, tracesLink } from "./view";

const words = text.monitoring;
const SHOWN = 12;
const TABLE_PX = 196;
const FAILED = "span.status = 'ERROR'";

/** Traces with such a span. */
function conditionOf(row: SpanRow, ...more: string[]): string {
  const { name, type, model } = row.group;
  return [
    ...(name == null ? [] : [comparison("span.name", name)]),
    ...(type == null ? [] : [comparison("span.type", type)]),
    ...(model == null ? [] : [comparison("span.model", model)]),
    ...more,
  ].join(" AND ");
}

/** `only` is what else was asked of the spans. */
function columnsOf(board: Board, name: FigureColumn<SpanRow>, ...only: string[]): FigureColumn<SpanRow>[] {
  const all = (row: SpanRow) => tracesLink(board, conditionOf(row, ...only));
  const failed = (row: SpanRow) => (row.errors === 0 ? null : tracesLink(board, conditionOf(row, ...only, FAILED)));
  const red = (row: SpanRow, content: string) =>
    row.errors > 0 ? <span className="text-error">{content}</span> : <span className="text-faint">{content}</span>;
  return [
    { ...name, link: all },
    { header: words.columns.calls, cell: (row) => count(row.spans), link: all },
    { header: words.columns.errors, cell: (row) => red(row, count(row.errors)), link: failed },
    { header: words.columns.errorRate, cell: (row) => red(row, percent(row.error_rate)), link: failed },
    { header: words.columns.p95, cell: (row) => duration(row.duration_ms.percentiles.p95), link: all },
  ];
}

const keyOf = (row: SpanRow) => JSON.stringify(row.group);

/** Tools: those that fail most often first, or those that are called most. */
export function ToolsPanel({ board, byErrors = false }: { board: Board; byErrors?: boolean }) {
  const query = useQuery(toolsQuery(board, board.period));
  const title = byErrors ? words.tools : words.toolsUsed;
  const name = { header: text.spanTypes.TOOL, isText: true, cell: (row: SpanRow) => row.group.name };
  return (
    <Panel
      title={title}
      query={query}
      heightPx={TABLE_PX}
      nothing={({ rows }) => (rows.length === 0 ? words.nothing.tools : null)}
    >
      {({ rows }) => (
        <FigureTable
          label={title}
          rows={[...rows]
            .sort((one, other) => (byErrors ? other.errors - one.errors : 0) || other.spans - one.spans)
            .slice(0, SHOWN)}
          columns={columnsOf(board, name, "span.type = 'TOOL'")}
          rowKey={keyOf}
        />
      )}
    </Panel>
  );
}

/** A span by its name, with the icon of its type. */
function SpanName({ row }: { row: SpanRow }) {
  return (
    <span className="inline-flex max-w-full items-center gap-2">
      <SpanTypeIcon type={row.group.type ?? "UNKNOWN"} />
      <span className="truncate">{row.group.name}</span>
    </span>
  );
}

/** Which kinds of spans fail, wherever the failure was caught. */
export function FailingPanel({ board }: { board: Board }) {
  const query = useQuery(failedSpansQuery(board, board.period));
  return (
    <Panel
      title={words.failing}
      query={query}
      heightPx={TABLE_PX}
      nothing={({ rows }) => (rows.length === 0 ? words.nothing.errors : null)}
    >
      {({ rows }) => (
        <Bars
          label={words.failing}
          bars={rows.slice(0, SHOWN).map((row) => ({
            key: keyOf(row),
            label: <SpanName row={row} />,
            value: row.errors,
            words: count(row.errors),
            hue: "var(--error)",
            link: tracesLink(board, conditionOf(row, FAILED)),
          }))}
        />
      )}
    </Panel>
  );
}

const timeOf = ({ duration_ms: of }: SpanRow) => (of.mean ?? 0) * of.count;

/** Where the time goes: spans by the time of all of them together. What lies within others counts in both. */
export function SlowestPanel({ board, limit = SHOWN }: { board: Board; limit?: number }) {
  const query = useQuery(spanNamesQuery(board, board.period));
  const link = (row: SpanRow) => tracesLink(board, conditionOf(row));
  return (
    <Panel
      title={words.slowest}
      query={query}
      heightPx={TABLE_PX}
      nothing={({ rows }) => (rows.length === 0 ? words.nothing.spans : null)}
    >
      {({ rows }) => {
        const shown = [...rows].sort((one, other) => timeOf(other) - timeOf(one)).slice(0, limit);
        const most = Math.max(...shown.map(timeOf), 1);
        return (
          <FigureTable
            label={words.slowest}
            rows={shown}
            rowKey={keyOf}
            columns={[
              { header: text.spanTypes.UNKNOWN, isText: true, cell: (row) => <SpanName row={row} />, link },
              { header: words.columns.spans, cell: (row) => count(row.spans), link },
              { header: words.columns.p50, cell: (row) => duration(row.duration_ms.percentiles.p50), link },
              { header: words.columns.p95, cell: (row) => duration(row.duration_ms.percentiles.p95), link },
              { header: words.columns.time, cell: (row) => <TimeShare row={row} most={most} />, link },
            ]}
          />
        );
      }}
    </Panel>
  );
}

function TimeShare({ row, most }: { row: SpanRow; most: number }) {
  const hue = spanLook(row.group.type ?? "UNKNOWN").hue;
  return (
    <span className="inline-flex items-center gap-2">
      <span className="w-16">
        <span
          className="block h-2 min-w-px rounded-xs"
          style={{ width: `${(timeOf(row) / most) * 100}%`, background: hue }}
        />
      </span>
      <span className="w-18">{duration(timeOf(row))}</span>
    </span>
  );
}

export function ModelLatencyPanel({ board }: { board: Board }) {
  const query = useQuery(spanFigures(board, board.period, { group_by: ["model"], limit: 50 }));
  const name = { header: words.groups.model, isText: true, cell: (row: SpanRow) => row.group.model };
  return (
    <Panel
      title={words.slowModels}
      query={query}
      heightPx={TABLE_PX}
      nothing={({ rows }) => (rows.some((row) => row.group.model != null) ? null : words.nothing.spans)}
    >
      {({ rows }) => (
        <FigureTable
          label={words.slowModels}
          rows={rows
            .filter((row) => row.group.model != null)
            .sort((one, other) => (other.duration_ms.percentiles.p95 ?? 0) - (one.duration_ms.percentiles.p95 ?? 0))
            .slice(0, SHOWN)}
          columns={columnsOf(board, name)}
          rowKey={keyOf}
        />
      )}
    </Panel>
  );
}
