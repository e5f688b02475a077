import type { UseQueryResult } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "@/api/client";
import { FeedbackMarks } from "@/components/FeedbackMarks";
import { type Figure, FigureList } from "@/components/FigureList";
import { Problem, SkeletonRows } from "@/components/States";
import { andFilter } from "@/filter/terms";
import { count, duration, percent, usd } from "@/format/numbers";
import { text } from "@/text";
import { meanCost } from "./rows";

interface VersionFiguresProps {
  experimentId: string;
  /** Finds the traces that were counted. */
  q: string;
  t: string | undefined;
  query: UseQueryResult<Schemas["TraceFiguresAnswer"]>;
}

/** What the traces of a version come to, within the page's time and filter. */
export function VersionFigures({ experimentId, q, t, query }: VersionFiguresProps) {
  if (query.error) return <Problem error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <SkeletonRows rows={1} rowHeightPx={46} />;
  const row = query.data.rows[0];
  if (row === undefined) return <p className="text-muted">{text.versions.noTraces}</p>;
  const traces = (filter: string, what: string, className = "link") => (
    <Link
      to="/experiments/$experimentId/traces"
      params={{ experimentId }}
      search={{ q: filter, t }}
      className={className}
    >
      {what}
    </Link>
  );
  const words = text.versions.columns;
  const { percentiles, mean } = row.duration_ms;
  const failed = andFilter(q, "status = 'ERROR'");
  const figures: Figure[] = [
    { label: words.traces, value: traces(q, count(row.traces)) },
    {
      label: words.errors,
      value: row.errors === 0 ? "0" : traces(failed, count(row.errors), "text-error hover:underline"),
    },
    { label: words.errorRate, value: percent(row.error_rate) },
    { label: text.versions.meanDuration, value: duration(mean) },
    ...["p50", "p95", "p99"].map((name) => ({ label: name, value: duration(percentiles[name]) })),
    { label: words.tokens, value: count(row.tokens?.total_tokens) },
    { label: words.cost, value: usd(row.cost_usd) },
    { label: words.meanCost, value: usd(meanCost(row)) },
  ];
  const feedback = (row.assessments ?? [])
    .filter((one) => one.kind === "feedback")
    .map((one) => ({ name: one.name, count: one.count, mean: one.score.mean }));
  return (
    <section aria-label={text.versions.figures} className="space-y-2">
      <FigureList label={text.versions.figures} figures={figures} />
      {feedback.length > 0 && <FeedbackMarks feedback={feedback} most={8} wraps />}
    </section>
  );
}
