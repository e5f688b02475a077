import { useQuery } from "@tanstack/react-query";
import type { LinkProps } from "@tanstack/react-router";
import type { TimeSeries } from "@/charts/series";
import { TimeChart } from "@/charts/TimeChart";
import { count, duration, percent } from "@/format/numbers";
import { text } from "@/text";
import { Panel } from "./Panel";
import { stepsQuery } from "./queries";
import { bySteps, type TraceRow, traffic } from "./rows";
import { type Board, useChartActions } from "./view";

const words = text.monitoring;
const CHART_PX = 170;
/** With the line of values above. */
export const CHART_AND_LEGEND_PX = CHART_PX + 20;
const CURSOR = "monitoring";

export interface ChartPanelProps {
  board: Board;
  title: string;
  more?: LinkProps;
  isWide?: boolean;
}

/** The steps of now and, where they are shown, of the time before. */
export function useSteps(board: Board) {
  const now = useQuery(stepsQuery(board, board.period));
  const before = useQuery({ ...stepsQuery(board, board.before), enabled: board.withBefore });
  return { now, rowsBefore: board.withBefore ? before.data?.rows : undefined };
}

/** What all charts of a board have in common. */
export function shared({ period, markers, chosen }: Board) {
  return {
    xMs: period.xMs,
    startMs: period.startMs,
    endMs: period.endMs,
    heightPx: CHART_PX,
    cursorName: CURSOR,
    markers,
    chosen,
  };
}

export const FAILED = "status = 'ERROR'";
export const FINE = "status != 'ERROR'";

/** The line of the time before, where it is shown. */
export function lineBefore(
  board: Board,
  rows: readonly TraceRow[] | undefined,
  of: string,
  amountOf: (row: TraceRow) => number | null | undefined,
  format: TimeSeries["format"],
  missing: 0 | null = null,
): TimeSeries[] {
  if (rows === undefined) return [];
  const values = bySteps(rows, board.before, amountOf, missing);
  return [{ label: words.before(of), values, hue: "var(--text-faint)", kind: "line", isDashed: true, format }];
}

export function TrafficPanel({ board, title, more, isWide }: ChartPanelProps) {
  const { now, rowsBefore } = useSteps(board);
  const actions = useChartActions(board, (index) => [FAILED, FINE][index] ?? "", 2);
  return (
    <Panel {...{ title, more, isWide }} query={now} heightPx={CHART_AND_LEGEND_PX}>
      {({ rows }) => {
        const { fine, failed } = traffic(rows, board.period);
        const series: TimeSeries[] = [
          { label: words.errors, values: failed, hue: "var(--error)", kind: "stacked", format: count },
          { label: words.withoutError, values: fine, hue: "var(--accent)", kind: "stacked", format: count },
          ...lineBefore(board, rowsBefore, words.traces, (row) => row.traces, count, 0),
        ];
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}

export function ErrorRatePanel({ board, title, more, isWide }: ChartPanelProps) {
  const { now, rowsBefore } = useSteps(board);
  const actions = useChartActions(board, () => FAILED, 1);
  const rate = (row: TraceRow) => row.error_rate;
  return (
    <Panel {...{ title, more, isWide }} query={now} heightPx={CHART_AND_LEGEND_PX}>
      {({ rows }) => {
        const series: TimeSeries[] = [
          {
            label: words.errorRate,
            values: bySteps(rows, board.period, rate, null),
            hue: "var(--error)",
            kind: "line",
            format: percent,
          },
          ...lineBefore(board, rowsBefore, words.errorRate, rate, percent),
        ];
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}

const PERCENTILES = [
  { name: "p99", hue: "var(--span-agent)" },
  { name: "p95", hue: "var(--accent)" },
  { name: "p50", hue: "var(--span-retriever)" },
] as const;

/** A click on a percentile opens the traces that took as long or longer: the examples of what it says. */
export function LatencyPanel({ board, title, more, isWide }: ChartPanelProps) {
  const { now, rowsBefore } = useSteps(board);
  const of = (name: string) => (row: TraceRow) => row.duration_ms.percentiles[name];
  const conditionOf = (index: number, startMs: number) => {
    const row = now.data?.rows.find((one) => (one.bucket_start_ms ?? 0) + board.period.stepMs > startMs);
    const ms = row?.duration_ms.percentiles[PERCENTILES[index]?.name ?? ""];
    return ms === undefined ? "" : `execution_time_ms >= ${Math.floor(ms)}`;
  };
  const actions = useChartActions(board, conditionOf, PERCENTILES.length);
  return (
    <Panel {...{ title, more, isWide }} query={now} heightPx={CHART_AND_LEGEND_PX}>
      {({ rows }) => {
        const series: TimeSeries[] = [
          ...PERCENTILES.map(({ name, hue }) => ({
            label: name,
            values: bySteps(rows, board.period, of(name), null),
            hue,
            kind: "line" as const,
            format: duration,
          })),
          ...lineBefore(board, rowsBefore, "p95", of("p95"), duration),
        ];
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}
