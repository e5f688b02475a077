import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Schemas } from "@/api/client";
import { experimentsQuery } from "@/api/experiments";
import { Button } from "@/components/Button";
import { PageHeader } from "@/components/PageHeader";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { duration, percent, shortCount, usd } from "@/format/numbers";
import { fullMoment, moment } from "@/format/time";
import { text } from "@/text";
import { NewExperiment } from "./NewExperiment";
import { lastDayQuery } from "./queries";

const words = text.experiments;

/** All experiments, the busiest first, with what their traces of the last 24 hours come to. */
export function ExperimentsPage() {
  const { data: experiments, error, refetch } = useQuery(experimentsQuery);
  const { data: lastDay } = useQuery(lastDayQuery(experiments?.map((one) => one.experiment_id) ?? []));
  const [sought, setSought] = useState("");
  const [isMaking, setMaking] = useState(false);
  const found = (experiments ?? [])
    .filter((one) => one.name.toLowerCase().includes(sought.trim().toLowerCase()))
    .sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <PageHeader title={words.title}>
        <input
          type="search"
          aria-label={words.find}
          placeholder={words.find}
          value={sought}
          onChange={(event) => setSought(event.target.value)}
          className="h-7 w-64 rounded border border-line px-2"
        />
        <div className="flex-1" />
        <Button icon={<Plus size={14} aria-hidden />} onClick={() => setMaking(true)}>
          {words.create}
        </Button>
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-auto">
        {error ? <Problem error={error} onRetry={refetch} /> : null}
        {experiments === undefined && !error ? <SkeletonRows rowHeightPx={36} /> : null}
        {experiments !== undefined && found.length === 0 ? (
          <EmptyState
            title={words.noMatch(sought)}
            actions={<Button onClick={() => setSought("")}>{words.showAll}</Button>}
          />
        ) : null}
        {found.length > 0 && <Experiments experiments={found} lastDay={lastDay} />}
      </div>
      {isMaking && <NewExperiment onClose={() => setMaking(false)} />}
    </>
  );
}

interface ExperimentsProps {
  experiments: readonly Schemas["ExperimentModel"][];
  lastDay: ReadonlyMap<string | null | undefined, Schemas["TraceFiguresRow"]> | undefined;
}

function Experiments({ experiments, lastDay }: ExperimentsProps) {
  const nowMs = Date.now();
  return (
    <table className="w-full border-collapse">
      <thead className="sticky top-0 bg-bg text-left text-muted">
        <tr className="h-8 border-line border-b">
          <Head isFirst>{words.name}</Head>
          <Head isNumber>{words.traces24h}</Head>
          <Head isNumber>{words.errorRate}</Head>
          <Head isNumber>{words.p95}</Head>
          <Head isNumber>{words.cost}</Head>
          <Head isNumber>{words.created}</Head>
        </tr>
      </thead>
      <tbody>
        {experiments.map((one) => {
          const row = lastDay?.get(one.experiment_id);
          return (
            <tr key={one.experiment_id} className="h-9 border-line border-b hover:bg-bg-hover">
              <td className="pl-4">
                <Link
                  to="/experiments/$experimentId/traces"
                  params={{ experimentId: one.experiment_id }}
                  className="link font-medium"
                >
                  {one.name}
                </Link>
              </td>
              <Figure experimentId={one.experiment_id}>{lastDay && shortCount(row?.traces ?? 0)}</Figure>
              <Figure experimentId={one.experiment_id} q={row?.errors ? "status = 'ERROR'" : undefined}>
                {row && percent(row.error_rate)}
              </Figure>
              <Figure experimentId={one.experiment_id} sort="-duration">
                {row && duration(row.duration_ms.percentiles.p95)}
              </Figure>
              <Figure experimentId={one.experiment_id} sort="-cost">
                {row && usd(row.cost_usd)}
              </Figure>
              <td className="pr-4 text-right text-muted" title={fullMoment(one.create_time_ms)}>
                {moment(one.create_time_ms, nowMs)}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Head({ children, isNumber, isFirst }: { children: ReactNode; isNumber?: boolean; isFirst?: boolean }) {
  return (
    <th scope="col" className={`px-2 font-medium ${isNumber ? "text-right last:pr-4" : ""} ${isFirst ? "pl-4" : ""}`}>
      {children}
    </th>
  );
}

interface FigureProps {
  experimentId: string;
  q?: string;
  sort?: string;
  children: ReactNode;
}

/** A number that leads to what it counts; empty where nothing was counted. */
function Figure({ experimentId, q, sort, children }: FigureProps) {
  if (children === undefined || children === null) return <td />;
  return (
    <td className="px-2 text-right">
      <Link
        to="/experiments/$experimentId/traces"
        params={{ experimentId }}
        search={{ t: "24h", ...(q ? { q } : {}), ...(sort ? { sort } : {}) }}
        className="no-underline hover:underline"
      >
        {children}
      </Link>
    </td>
  );
}
