/** The traces of the list over time: a drag narrows the time, a click takes one step. */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import type { ListView } from "@/address/view";
import { text } from "@/text";
import { exactRange, parseRange } from "@/time/range";
import { figuresQuery, oldestQuery } from "./queries";
import { METRICS, type Metric, parseMetric, stepStarts, stepsOf, stripSeries, total } from "./strip";

const TimeChart = lazy(() => import("@/charts/TimeChart").then((module) => ({ default: module.TimeChart })));

const HEIGHT_PX = 76;
const LEGEND_PX = 20;

interface StripOf {
  experimentId: string;
  view: ListView;
  nowMs: number;
  /** The list comes first: figures are asked for once it is there. */
  isReady: boolean;
}

/** The figures of the list's time in steps, and how many traces that are; null until it is known. */
export function useStrip({ experimentId, view, nowMs, isReady }: StripOf) {
  const q = view.q ?? "";
  const range = parseRange(view.t, nowMs);
  const oldest = useQuery({ ...oldestQuery(experimentId, q), enabled: isReady && range.startMs === null });
  const startMs = range.startMs ?? oldest.data ?? null;
  const endMs = Math.max(range.endMs ?? nowMs, (startMs ?? 0) + 1000);
  const bucketMs = startMs === null ? undefined : stepsOf(startMs, endMs).stepMs;
  const figures = useQuery({
    ...figuresQuery(experimentId, { q, startMs, endMs, bucketMs }),
    enabled: isReady && startMs !== null,
  });
  // What is shown has its own time: while another is read, it is that of before.
  const { data } = figures;
  const steps = useMemo(
    () => (data?.startMs == null || data.endMs === null ? null : stepsOf(data.startMs, data.endMs)),
    [data],
  );
  const isEmpty = range.startMs === null && oldest.data === null;
  const rows = steps === null ? undefined : data?.rows;
  return { steps, rows, total: rows ? total(rows) : isEmpty ? 0 : null, error: figures.error };
}

export type StripFigures = ReturnType<typeof useStrip>;

interface StripProps {
  figures: StripFigures;
  metric: string | undefined;
  onMetric: (metric: string | undefined) => void;
  onTime: (t: string) => void;
}

export function Strip({ figures: { steps, rows, error }, metric: written, onMetric, onTime }: StripProps) {
  const metric = parseMetric(written);
  const startsMs = useMemo(() => (steps ? stepStarts(steps) : []), [steps]);
  const series = useMemo(() => stripSeries(metric, rows ?? [], startsMs), [metric, rows, startsMs]);
  const narrow = (startMs: number, endMs: number) => onTime(exactRange(startMs, endMs));
  return (
    <div className="relative flex shrink-0 gap-3 px-4 pt-1 pb-1" style={{ height: HEIGHT_PX + LEGEND_PX + 8 }}>
      <div className="min-w-0 flex-1">
        {steps && rows && (
          <Suspense fallback={null}>
            <TimeChart
              label={text.traces.strip.label}
              xMs={startsMs}
              series={series}
              heightPx={HEIGHT_PX}
              startMs={steps.startMs}
              endMs={steps.endMs}
              onZoom={narrow}
              onPoint={narrow}
            />
          </Suspense>
        )}
        {error && <p className="pt-6 text-faint text-sm">{error.message}</p>}
      </div>
      <MetricSwitch metric={metric} onMetric={(next) => onMetric(next === "count" ? undefined : next)} />
    </div>
  );
}

function MetricSwitch({ metric, onMetric }: { metric: Metric; onMetric: (metric: Metric) => void }) {
  return (
    <fieldset className="flex w-20 flex-col justify-center" aria-label={text.traces.strip.metric}>
      {METRICS.map((one) => (
        <label
          key={one}
          className="flex items-center rounded px-2 text-muted text-sm leading-5 hover:bg-bg-hover has-checked:bg-bg-selected has-checked:text-ink has-focus-visible:outline-2 has-focus-visible:outline-accent"
        >
          <input
            type="radio"
            name="strip"
            className="sr-only"
            checked={metric === one}
            onChange={() => onMetric(one)}
          />
          {text.traces.strip[one]}
        </label>
      ))}
    </fieldset>
  );
}
