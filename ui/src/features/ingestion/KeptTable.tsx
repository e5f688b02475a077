import { useQuery } from "@tanstack/react-query";
import { type LinkProps, linkOptions } from "@tanstack/react-router";
import { experimentsQuery } from "@/api/experiments";
import { type FigureColumn, FigureTable } from "@/charts/FigureTable";
import { bytes, count } from "@/format/numbers";
import { age, fullMoment } from "@/format/time";
import { text } from "@/text";
import type { Kept } from "./counts";
import { protocolName } from "./protocols";

const words = text.ingestion;

interface KeptTableProps {
  kept: readonly Kept[];
  /** What had been kept by key when the page was opened. */
  spansAtFirst: ReadonlyMap<string, number>;
  nowMs: number;
}

/** What each client sent, and how much of it is new since the page was opened. */
export function KeptTable({ kept, spansAtFirst, nowMs }: KeptTableProps) {
  const { data: experiments = [] } = useQuery(experimentsQuery);
  const names = new Map(experiments.map((one) => [one.experiment_id, one.name]));
  const columns: FigureColumn<Kept>[] = [
    { header: words.columns.client, isText: true, cell: (one) => one.client },
    { header: words.columns.protocol, cell: (one) => protocolName(one.protocol) },
    {
      header: words.columns.experiment,
      cell: (one) => names.get(one.experimentId ?? "") ?? one.experimentId ?? text.app.none,
      link: tracesOf,
    },
    { header: words.columns.requests, cell: (one) => count(one.requests) },
    { header: words.columns.traces, cell: (one) => <span title={words.tracesHint}>{count(one.traces)}</span> },
    { header: words.columns.spans, cell: (one) => <Spans one={one} before={spansAtFirst.get(one.key) ?? 0} /> },
    {
      header: words.columns.duplicates,
      cell: (one) => <span title={words.duplicatesHint}>{one.duplicates > 0 ? count(one.duplicates) : ""}</span>,
    },
    { header: words.columns.bytes, cell: (one) => bytes(one.bodyBytes) },
    {
      header: words.columns.last,
      cell: (one) => <span title={fullMoment(one.lastTimeMs)}>{age(one.lastTimeMs, nowMs)}</span>,
    },
  ];
  return <FigureTable label={words.keptTitle} rows={kept} columns={columns} rowKey={(one) => one.key} isLong />;
}

function tracesOf({ experimentId }: Kept): LinkProps | null {
  if (experimentId === null) return null;
  return linkOptions({ to: "/experiments/$experimentId/traces", params: { experimentId }, search: { t: "all" } });
}

function Spans({ one, before }: { one: Kept; before: number }) {
  const more = one.spans - before;
  return (
    <span title={more > 0 ? words.sinceOpened(more) : undefined}>
      {more > 0 && <span className="mr-2 text-accent">+{count(more)}</span>}
      {count(one.spans)}
    </span>
  );
}
