/** The metrics of a comparison in words and with their units. Pure. */
import { duration, measured, NONE, percent, usd } from "@/format/numbers";
import { text } from "@/text";
import type { Metric } from "./queries";

type Format = (value: number | null | undefined) => string;

/** What a metric is called. */
export function metricName(name: string): string {
  const known = (text.versions.metrics as Record<string, string>)[name];
  return known ?? name.replace(/^feedback\./, "");
}

/** How a metric's values are written. */
export function metricFormat({ name, statistic }: Pick<Metric, "name" | "statistic">): Format {
  if (statistic === "rate") return percent;
  if (name.startsWith("duration_ms")) return duration;
  if (name.startsWith("cost_usd")) return usd;
  return measured;
}

/** A difference with its sign; that of two shares is in points. */
export function signed(metric: Pick<Metric, "name" | "statistic">, value: number | null): string {
  if (value === null) return NONE;
  const sign = value < 0 ? "−" : "+";
  const size = Math.abs(value);
  if (metric.statistic === "rate") return `${sign}${measured(Math.round(size * 1000) / 10)} ${text.versions.points}`;
  return value === 0 ? metricFormat(metric)(0) : `${sign}${metricFormat(metric)(size)}`;
}

/** A difference as a part of what was: +22 %, or ×16.4 where it is many times as much. */
export function relative(share: number | null): string {
  if (share === null) return "";
  if (share >= 2) return `×${measured(Math.round((share + 1) * 10) / 10)}`;
  const points = Math.round(share * 1000) / 10;
  return `${points < 0 ? "−" : "+"}${measured(Math.abs(points))} %`;
}

/** How surprising a difference would be if both sides were equal. */
export function chance(p: number | null): string {
  if (p === null) return NONE;
  return p < 0.001 ? "<0.001" : p.toLocaleString("en", { maximumSignificantDigits: 2 });
}

export type Verdict = "worse" | "better" | "no evidence" | "too few";

/** What is known of a metric. */
export function verdictOf(metric: Pick<Metric, "verdict" | "too_few">): Verdict {
  if (metric.too_few) return "too few";
  return metric.verdict === "worse" || metric.verdict === "better" ? metric.verdict : "no evidence";
}
