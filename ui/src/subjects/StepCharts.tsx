/** Traces and cost in the course of time; a click on a step opens its traces. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { traceFiguresQuery } from "@/api/figures";
import { firstTracesQuery } from "@/api/traces";
import { TimeChart } from "@/charts/TimeChart";
import { Problem } from "@/components/States";
import { andFilter } from "@/filter/terms";
import { count, usd } from "@/format/numbers";
import { text } from "@/text";
import { exactRange, stepMs, type TimeRange } from "@/time/range";
import { stepsOf } from "./steps";

const HEIGHT_PX = 110;
const DAY_MS = 86_400_000;

interface StepChartsProps {
  experimentId: string;
  filter: string;
  range: TimeRange;
  nowMs: number;
  onTime: (t: string) => void;
}

export function StepCharts({ experimentId, filter, range, nowMs, onTime }: StepChartsProps) {
  const navigate = useNavigate();
  // Where a range has no beginning, the first trace is.
  const oldest = useQuery({
    ...firstTracesQuery(experimentId, filter, 1, ["timestamp ASC"]),
    enabled: range.startMs === null,
  });
  const startMs = range.startMs ?? oldest.data?.traces[0]?.request_time_ms ?? nowMs - DAY_MS;
  const endMs = Math.max(startMs + 1, range.endMs ?? nowMs);
  const bucketMs = stepMs(endMs - startMs);
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...traceFiguresQuery({
      experiment_ids: [experimentId],
      filter,
      start_ms: startMs,
      end_ms: endMs,
      group_by: [],
      bucket: bucketMs,
      percentiles: [],
      limit: 1,
      assessments: false,
    }),
    enabled: range.startMs !== null || oldest.isSuccess,
  });
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  const steps = stepsOf(data?.rows ?? [], startMs, endMs, bucketMs);
  const open = (fromMs: number, toMs: number, q: string) =>
    void navigate({
      to: "/experiments/$experimentId/traces",
      params: { experimentId },
      search: { q, t: exactRange(fromMs, toMs) },
    });
  const shared = {
    xMs: steps.xMs,
    heightPx: HEIGHT_PX,
    startMs,
    endMs,
    cursorName: "steps",
    onZoom: (fromMs: number, toMs: number) => onTime(exactRange(fromMs, toMs)),
  };
  const words = text.subjects;
  return (
    <div className={`grid gap-4 lg:grid-cols-2 ${data === undefined || isPlaceholderData ? "opacity-60" : ""}`}>
      <TimeChart
        {...shared}
        label={words.tracesInTime}
        series={[
          { label: words.sound, values: steps.sound, hue: "var(--accent)", kind: "stacked", format: count },
          { label: words.columns.errors, values: steps.errors, hue: "var(--error)", kind: "stacked", format: count },
        ]}
        onPoint={(fromMs, toMs, series) =>
          open(fromMs, toMs, series === 1 ? andFilter(filter, "status = 'ERROR'") : filter)
        }
      />
      <TimeChart
        {...shared}
        label={words.costInTime}
        series={[{ label: words.columns.cost, values: steps.costUsd, hue: "var(--accent)", kind: "bars", format: usd }]}
        onPoint={(fromMs, toMs) => open(fromMs, toMs, filter)}
      />
    </div>
  );
}
