/** Traces and cost in the course of time; a click on a step opens its traces. */
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { answer, api } from "@/api/client";
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
  const oldest = useQuery({ ...oldestQuery(experimentId, filter), enabled: range.startMs === null });
  const startMs = range.startMs ?? oldest.data ?? nowMs - DAY_MS;
  const endMs = Math.max(startMs + 1, range.endMs ?? nowMs);
  const bucketMs = stepMs(endMs - startMs);
  const { data, error, refetch } = useQuery({
    ...stepsQuery(experimentId, filter, startMs, endMs, bucketMs),
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
    <div className={`grid gap-4 lg:grid-cols-2 ${data === undefined ? "opacity-60" : ""}`}>
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

/** When the first trace began: there a range without a beginning begins. Null where there is none. */
const oldestQuery = (experimentId: string, filter: string) =>
  queryOptions({
    queryKey: ["steps", "oldest", experimentId, filter],
    queryFn: async ({ signal }) => {
      const body = { experiment_ids: [experimentId], filter, order_by: ["timestamp ASC"], max_results: 1 };
      const page = await answer(api.POST("/api/v1/traces/search", { body, signal }));
      return page.traces[0]?.request_time_ms ?? null;
    },
  });

const stepsQuery = (experimentId: string, filter: string, startMs: number, endMs: number, bucketMs: number) =>
  queryOptions({
    queryKey: ["steps", experimentId, filter, startMs, endMs, bucketMs],
    queryFn: ({ signal }) =>
      answer(
        api.POST("/api/v1/figures/traces", {
          body: {
            experiment_ids: [experimentId],
            filter,
            start_ms: startMs,
            end_ms: endMs,
            group_by: [],
            bucket: bucketMs,
            percentiles: [50],
            limit: 1,
            assessments: false,
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
