import { Link } from "@tanstack/react-router";
import { CircleHelp, type LucideIcon, Minus, TrendingDown, TrendingUp } from "lucide-react";
import { andFilter } from "@/filter/terms";
import { count } from "@/format/numbers";
import { text } from "@/text";
import type { ComparedSidesProps } from "./ComparedSides";
import { chance, metricFormat, metricName, relative, signed, type Verdict, verdictOf } from "./metricWords";
import type { Comparison as Found, Metric } from "./queries";
import { SideLetter } from "./SidePicker";
import type { Side } from "./sides";

interface ComparisonProps extends ComparedSidesProps {
  found: Found;
  /** Whether it is about what was asked before. */
  isStale: boolean;
}

/** Whether B is worse than A, all in all and metric by metric. */
export function Comparison({ found, isStale, ...sides }: ComparisonProps) {
  return (
    <div className={isStale ? "opacity-60" : ""}>
      <div className="mb-3 rounded-md border border-line bg-bg-sunken px-3 py-2">
        <p className="mb-1 text-lg">
          <VerdictMark verdict={found.verdict as Verdict} words={text.versions.overall[found.verdict as "worse"]} />
        </p>
        <Findings metrics={found.metrics} />
      </div>
      <MetricTable found={found} sides={sides} />
      <Notes found={found} />
    </div>
  );
}

/** What B is worse in, and what it is better in, in words. */
function Findings({ metrics }: { metrics: readonly Metric[] }) {
  return (["worse", "better"] as const).map((verdict) => {
    const found = metrics.filter((metric) => verdictOf(metric) === verdict);
    if (found.length === 0) return null;
    const words = found.map((metric) => {
      const format = metricFormat(metric);
      return text.versions.after(metricName(metric.name), format(metric.b.value), format(metric.a.value));
    });
    return (
      <p key={verdict} className="max-w-5xl">
        <span className="text-muted">{text.versions.verdicts[verdict]}: </span>
        {words.join("; ")}.
      </p>
    );
  });
}

const MARKS: Record<Verdict, [LucideIcon, string]> = {
  worse: [TrendingDown, "text-warning"],
  better: [TrendingUp, "text-success"],
  "no evidence": [Minus, "text-muted"],
  "too few": [CircleHelp, "text-muted"],
};

function VerdictMark({ verdict, words = text.versions.verdicts[verdict] }: { verdict: Verdict; words?: string }) {
  const [Mark, look] = MARKS[verdict];
  return (
    <span className={`inline-flex items-center gap-1.5 whitespace-nowrap align-middle ${look}`}>
      <Mark size={14} aria-hidden />
      {words}
    </span>
  );
}

const END = "whitespace-nowrap pl-6 text-right";

function MetricTable({ found, sides }: { found: Found; sides: ComparedSidesProps }) {
  const words = text.versions.comparisonColumns;
  return (
    <div className="overflow-x-auto">
      <table className="w-full max-w-6xl">
        <thead>
          <tr className="border-line border-b text-faint text-sm [&>th]:font-normal">
            <th className="text-left">{words.metric}</th>
            <th className={END} aria-label={text.versions.sideA}>
              <SideLetter letter="A" />
            </th>
            <th className={END} aria-label={text.versions.sideB}>
              <SideLetter letter="B" />
            </th>
            <th className={END}>{words.difference}</th>
            <th className={END} />
            <th className={END} title={text.versions.intervalHint(found.confidence_level)}>
              {words.interval(found.confidence_level)}
            </th>
            <th className={END} title={text.versions.chanceHint}>
              {words.chance}
            </th>
            <th className="pl-6 text-left">{words.verdict}</th>
          </tr>
        </thead>
        <tbody>
          <CountRow
            label={text.versions.columns.traces}
            counts={[found.a.traces, found.b.traces]}
            only=""
            sides={sides}
          />
          <CountRow
            label={text.versions.columns.errors}
            counts={[found.a.errors, found.b.errors]}
            only="status = 'ERROR'"
            sides={sides}
          />
          {found.metrics.map((metric) => (
            <MetricRow key={metric.name} metric={metric} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CountRowProps {
  label: string;
  counts: [number, number];
  /** What else holds of what was counted. */
  only: string;
  sides: ComparedSidesProps;
}

function CountRow({ label, counts, only, sides: { experimentId, a, b, q, t } }: CountRowProps) {
  const counted = (side: Side, number: number) => (
    <td className={END}>
      <Link
        to="/experiments/$experimentId/traces"
        params={{ experimentId }}
        search={{ q: andFilter(andFilter(side.filter, only), q), t }}
        className={only && number > 0 ? "text-error hover:underline" : "link"}
      >
        {count(number)}
      </Link>
    </td>
  );
  return (
    <tr className="h-8 border-line border-b">
      <th scope="row" className="text-left font-normal">
        {label}
      </th>
      {counted(a, counts[0])}
      {counted(b, counts[1])}
      <td colSpan={5} />
    </tr>
  );
}

function MetricRow({ metric }: { metric: Metric }) {
  const format = metricFormat(metric);
  const verdict = verdictOf(metric);
  const isFound = verdict === "worse" || verdict === "better";
  return (
    <tr className="h-8 border-line border-b">
      <th scope="row" className="text-left font-normal" title={metric.name}>
        {metricName(metric.name)}
      </th>
      <td className={END} title={text.versions.measuredOn(metric.a.count)}>
        {format(metric.a.value)}
      </td>
      <td className={END} title={text.versions.measuredOn(metric.b.count)}>
        {format(metric.b.value)}
      </td>
      <td className={`${END} ${isFound ? "font-medium" : ""}`}>{signed(metric, metric.difference)}</td>
      <td className={`${END} text-muted`}>{relative(metric.relative_difference)}</td>
      <td className={`${END} text-muted`}>
        {metric.low !== null && metric.high !== null
          ? text.versions.fromTo(signed(metric, metric.low), signed(metric, metric.high))
          : "–"}
      </td>
      <td className={`${END} text-muted`}>{chance(metric.adjusted_p_value)}</td>
      <td className="pl-6">
        <VerdictMark verdict={verdict} />
      </td>
    </tr>
  );
}

function Notes({ found }: { found: Found }) {
  const words = text.versions;
  const isSampled = found.a.sampled < found.a.traces || found.b.sampled < found.b.traces;
  return (
    <ul className="mt-2 space-y-0.5 text-muted text-sm">
      {isSampled && <li>{words.sampled(found.a.sampled, found.b.sampled)}</li>}
      {found.shared_traces > 0 && <li>{words.shared(found.shared_traces)}</li>}
      {found.metrics.some((metric) => metric.too_few) && <li>{words.tooFewHint}</li>}
      <li>{words.noEvidenceHint}</li>
    </ul>
  );
}
