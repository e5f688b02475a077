import { useQuery } from "@tanstack/react-query";
import { Bars } from "@/charts/Bars";
import type { TimeSeries } from "@/charts/series";
import { TimeChart } from "@/charts/TimeChart";
import { comparison } from "@/filter/terms";
import { count, shortCount, usd } from "@/format/numbers";
import { text } from "@/text";
import { Panel } from "./Panel";
import { modelStepsQuery, subjectsQuery } from "./queries";
import { bySteps, largestGroups, type SpanRow, type TraceRow, tokens } from "./rows";
import { CHART_AND_LEGEND_PX, type ChartPanelProps, lineBefore, shared, useSteps } from "./TrafficPanels";
import { type Board, tracesLink, useChartActions } from "./view";

const words = text.monitoring;
const HUES = [
  "var(--span-llm)",
  "var(--span-tool)",
  "var(--span-retriever)",
  "var(--span-agent)",
  "var(--span-memory)",
  "var(--span-reranker)",
];
const SHOWN = HUES.length;
const HAS_TOKENS = "tokens.total > 0";
const HAS_COST = "cost.total > 0";

export function TokensPanel({ board, title, more, isWide }: ChartPanelProps) {
  const { now } = useSteps(board);
  const actions = useChartActions(board, () => HAS_TOKENS);
  const isEmpty = (rows: readonly TraceRow[]) => rows.every((row) => row.traces_with_usage === 0);
  return (
    <Panel
      {...{ title, more, isWide }}
      query={now}
      heightPx={CHART_AND_LEGEND_PX}
      nothing={({ rows }) => (isEmpty(rows) ? words.nothing.tokens : null)}
    >
      {({ rows }) => {
        const { uncached, cached, output } = tokens(rows, board.period);
        const bars = { kind: "stacked", format: shortCount } as const;
        const series: TimeSeries[] = [
          { label: words.tokensOf.uncached, values: uncached, hue: "var(--span-llm)", ...bars },
          { label: words.tokensOf.cached, values: cached, hue: "var(--span-embedding)", ...bars },
          { label: words.tokensOf.output, values: output, hue: "var(--span-tool)", ...bars },
        ];
        const shown = series.filter(({ values }) => values.some((value) => value));
        return <TimeChart label={title} series={shown} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}

export function CostPanel({ board, title, more, isWide }: ChartPanelProps) {
  const { now, rowsBefore } = useSteps(board);
  const actions = useChartActions(board, () => HAS_COST, 1);
  const cost = (row: TraceRow) => row.cost_usd;
  return (
    <Panel
      {...{ title, more, isWide }}
      query={now}
      heightPx={CHART_AND_LEGEND_PX}
      nothing={({ rows }) => (rows.every((row) => row.traces_with_cost === 0) ? words.nothing.cost : null)}
    >
      {({ rows }) => {
        const values = bySteps(rows, board.period, cost, 0);
        const series: TimeSeries[] = [
          { label: words.cost, values, hue: "var(--accent)", kind: "bars", format: usd },
          ...lineBefore(board, rowsBefore, words.cost, cost, usd, 0),
        ];
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}

const ofModel = (model: string) => comparison("span.model", model);

/** What the models of the calls cost, by time. */
export function ModelCostPanel({ board, title, isWide }: ChartPanelProps) {
  const query = useQuery(modelStepsQuery(board, board.period));
  const found = largestGroups(query.data?.rows ?? [], "model", costOf, SHOWN);
  const actions = useChartActions(board, (index) => {
    const name = found.groups[index]?.name;
    return name ? ofModel(name) : HAS_COST;
  });
  return (
    <Panel
      {...{ title, isWide }}
      query={query}
      heightPx={CHART_AND_LEGEND_PX}
      nothing={() => (found.groups.length === 0 ? words.nothing.cost : null)}
    >
      {() => {
        const series = found.groups.map(({ name, rows }, index) =>
          costSeries(board, name ?? words.without, rows, HUES[index]),
        );
        if (found.others.length > 0) series.push(costSeries(board, words.others, found.others, "var(--span-unknown)"));
        return <TimeChart label={title} series={series} {...shared(board)} {...actions} />;
      }}
    </Panel>
  );
}

const costOf = (row: SpanRow) => row.cost_usd;

function costSeries(board: Board, label: string, rows: SpanRow[], hue = "var(--accent)"): TimeSeries {
  return { label, values: bySteps(rows, board.period, costOf, 0), hue, kind: "stacked", format: usd };
}

/** Cost or tokens of each model: the amounts that its own calls tell. */
export function ModelsPanel({ board, of }: { board: Board; of: "cost" | "tokens" }) {
  const query = useQuery(modelStepsQuery(board, board.period));
  const amount = of === "cost" ? costOf : (row: SpanRow) => row.tokens.total_tokens;
  const written = of === "cost" ? usd : count;
  const title = of === "cost" ? words.costOf(words.by.model) : words.tokensBy(words.by.model);
  return (
    <Panel
      title={title}
      query={query}
      heightPx={140}
      nothing={({ rows }) => (rows.some(amount) ? null : words.nothing[of])}
    >
      {({ rows }) => (
        <Bars
          label={title}
          bars={largestGroups(rows, "model", amount, 10).groups.map(({ name, total }) => ({
            key: name ?? "",
            label: name ?? words.without,
            value: total,
            words: written(total),
            hue: "var(--span-llm)",
            ...(name === null ? {} : { link: tracesLink(board, ofModel(name)) }),
          }))}
        />
      )}
    </Panel>
  );
}

/** Who costs most. */
export function UserCostPanel({ board }: { board: Board }) {
  const query = useQuery(subjectsQuery(board, board.period, "user"));
  const title = words.costOf(words.by.user);
  return (
    <Panel
      title={title}
      query={query}
      heightPx={140}
      nothing={({ rows }) => (rows.some((row) => row.cost_usd) ? null : words.nothing.cost)}
    >
      {({ rows }) => (
        <Bars
          label={title}
          bars={largestGroups(rows, "user", (row) => row.cost_usd, 10).groups.map(({ name, total }) => ({
            key: name ?? "",
            label: name ?? <span className="text-faint">{words.without}</span>,
            value: total,
            words: usd(total),
            link: tracesLink(board, name === null ? "user IS NULL" : comparison("user", name)),
          }))}
        />
      )}
    </Panel>
  );
}
