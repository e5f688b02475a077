import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ShareBar } from "@/charts/ShareBar";
import type { TimeSeries } from "@/charts/series";
import { TimeChart } from "@/charts/TimeChart";
import { fieldName } from "@/filter/terms";
import { count, measured, percent } from "@/format/numbers";
import { text } from "@/text";
import { feedbackOf, isShare, type Said, type SaidValue, valuesOf } from "./feedback";
import { Panel } from "./Panel";
import { feedbackStepsQuery, saidQuery } from "./queries";
import { bySteps } from "./rows";
import { CHART_AND_LEGEND_PX, type ChartPanelProps, shared } from "./TrafficPanels";
import { type Board, tracesLink, useChartActions } from "./view";

const words = text.monitoring;
const HUES = ["var(--accent)", "var(--span-tool)", "var(--span-agent)", "var(--span-memory)", "var(--span-reranker)"];
const SENSES = { good: "var(--success)", bad: "var(--warning)" };

/** What was said under each name, and how often; each value is a link to its traces. */
export function FeedbackPanel({ board, title, more, isWide }: ChartPanelProps) {
  const query = useQuery(saidQuery(board, board.period));
  return (
    <Panel
      {...{ title, more, isWide }}
      query={query}
      heightPx={CHART_AND_LEGEND_PX}
      nothing={({ rows }) => (feedbackOf(rows[0]).length === 0 ? words.nothing.feedback : null)}
    >
      {({ rows }) => (
        <ul aria-label={title} className="max-h-80 overflow-auto">
          {feedbackOf(rows[0]).map((said) => (
            <SaidRow key={said.name} board={board} said={said} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const hueOf = (value: SaidValue, index: number) =>
  value.sense === "other" ? (HUES[index % HUES.length] ?? "var(--accent)") : SENSES[value.sense];
const VALUES = 5;

function SaidRow({ board, said }: { board: Board; said: Said }) {
  const values = valuesOf(said);
  const mean = isShare(said)
    ? `${percent(said.score.mean)} ${words.yes}`
    : `${words.mean} ${measured(said.score.mean)}`;
  return (
    <li className="border-line border-b py-1.5 last:border-b-0">
      <div className="flex items-baseline gap-2">
        <Link
          {...tracesLink(board, `${fieldName("feedback", said.name)} IS NOT NULL`)}
          className="truncate text-ink no-underline hover:underline"
        >
          {said.name}
        </Link>
        <span className="text-faint text-sm">{words.answers(said.count)}</span>
        <span className="ml-auto shrink-0">{said.score.mean === null ? "" : mean}</span>
      </div>
      <ShareBar
        parts={values.map((value, index) => ({ label: value.label, value: value.count, hue: hueOf(value, index) }))}
      />
      <div className="flex flex-wrap gap-x-3 text-muted text-sm">
        {values.slice(0, VALUES).map((value, index) => (
          <SaidValueLink key={value.label} board={board} value={value} hue={hueOf(value, index)} />
        ))}
      </div>
    </li>
  );
}

function SaidValueLink({ board, value, hue }: { board: Board; value: SaidValue; hue: string }) {
  const content = (
    <>
      <span className="mr-1 inline-block size-2 rounded-xs" style={{ background: hue }} />
      <span className="inline-block max-w-40 truncate align-bottom">{value.label}</span> {count(value.count)}
    </>
  );
  if (value.condition === null) return <span>{content}</span>;
  return (
    <Link {...tracesLink(board, value.condition)} className="no-underline hover:underline">
      {content}
    </Link>
  );
}

/** How what was said changes with time: the share of yes of each name that is yes or no. */
export function FeedbackChartPanel({ board, title, isWide }: ChartPanelProps) {
  const totals = useQuery(saidQuery(board, board.period));
  const steps = useQuery(feedbackStepsQuery(board, board.period));
  const names = feedbackOf(totals.data?.rows[0]).filter(isShare).slice(0, HUES.length);
  const actions = useChartActions(board, (index) => {
    const name = names[index]?.name;
    return name === undefined ? "" : `${fieldName("feedback", name)} IS NOT NULL`;
  });
  return (
    <Panel
      {...{ title, isWide }}
      query={steps}
      heightPx={CHART_AND_LEGEND_PX}
      nothing={() => (names.length === 0 ? words.nothing.feedback : null)}
    >
      {({ rows }) => {
        const series = names.map(
          ({ name }, index): TimeSeries => ({
            label: name,
            values: bySteps(
              rows,
              board.period,
              (row) => feedbackOf(row).find((said) => said.name === name)?.score.mean,
              null,
            ),
            hue: HUES[index] ?? "var(--accent)",
            kind: "line",
            format: percent,
          }),
        );
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}
