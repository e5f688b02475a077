/** The figures of a strip, as a chart draws them. */
import type { TimeSeries } from "@/charts/series";
import { count, duration, shortCount, usd } from "@/format/numbers";
import { text } from "@/text";
import { stepMs } from "@/time/range";
import type { FiguresRow } from "./queries";

export const METRICS = ["count", "latency", "cost", "tokens"] as const;
export type Metric = (typeof METRICS)[number];

export const parseMetric = (written: string | undefined): Metric => METRICS.find((one) => one === written) ?? "count";

export interface Steps {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

const MOST_STEPS = 90;

/** Cut a time into steps. */
export function stepsOf(startMs: number, endMs: number): Steps {
  return { startMs, endMs, stepMs: stepMs(Math.max(1000, endMs - startMs), MOST_STEPS) };
}

/** The starts of all steps, also of those in which nothing began. The server's steps begin at multiples of their length. */
export function stepStarts({ startMs, endMs, stepMs }: Steps): number[] {
  const first = Math.floor(startMs / stepMs) * stepMs;
  const length = Math.max(1, Math.ceil((endMs - first) / stepMs));
  return Array.from({ length }, (_, index) => first + index * stepMs);
}

/** The series of one metric. A step without traces counts 0, and measures nothing. */
export function stripSeries(metric: Metric, rows: readonly FiguresRow[], startsMs: readonly number[]): TimeSeries[] {
  const byStart = new Map(rows.map((row) => [row.bucket_start_ms, row]));
  const values = (of: (row: FiguresRow) => number | null | undefined, without: number | null) =>
    startsMs.map((startMs) => {
      const row = byStart.get(startMs);
      return row === undefined ? without : (of(row) ?? null);
    });
  const words = text.traces.strip;
  const percentile = (name: string, hue: string): TimeSeries => ({
    label: name,
    values: values((row) => row.duration_ms.percentiles[name], null),
    hue,
    kind: "line",
    format: duration,
  });
  const bars = (
    label: string,
    hue: string,
    format: TimeSeries["format"],
    of: (row: FiguresRow) => number | null | undefined,
  ): TimeSeries => ({
    label,
    values: values(of, 0),
    hue,
    kind: "stacked",
    format,
  });
  if (metric === "latency") return [percentile("p50", "var(--accent)"), percentile("p95", "var(--text-muted)")];
  if (metric === "cost") return [bars(words.cost, "var(--accent)", usd, (row) => row.cost_usd)];
  if (metric === "tokens") return [bars(words.tokens, "var(--accent)", shortCount, (row) => row.tokens?.total_tokens)];
  return [
    bars(words.errors, "var(--error)", count, (row) => row.errors),
    bars(words.ok, "var(--accent)", count, (row) => row.traces - row.errors),
  ];
}

/** How many traces the figures counted. */
export function total(rows: readonly FiguresRow[]): number {
  return rows.reduce((sum, row) => sum + row.traces, 0);
}
