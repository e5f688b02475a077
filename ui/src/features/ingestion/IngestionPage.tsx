import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { experimentsQuery } from "@/api/experiments";
import { ingestionQuery } from "@/api/ingestion";
import { PageHeader } from "@/components/PageHeader";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { moment } from "@/format/time";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { type Count, keptOf, refusedOf } from "./counts";
import { KeptTable } from "./KeptTable";
import { RefusedTable } from "./RefusedTable";
import { Totals } from "./Totals";

const words = text.ingestion;

export function IngestionPage() {
  const { experiment } = useSearch({ from: "/ingestion" });
  const query = useQuery(ingestionQuery);
  useShortcut("refresh", () => void query.refetch());
  const { data, error, dataUpdatedAt: readMs } = query;
  const when = moment(readMs, readMs);
  return (
    <>
      <PageHeader title={text.nav.ingestion}>
        <ExperimentChoice experimentId={experiment} />
        {data && (
          <span className={`ml-auto ${error ? "text-error" : "text-faint"}`}>
            {error ? words.readFailed(when) : words.readAt(when)}
          </span>
        )}
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-auto">
        {error && !data && <Problem error={error} onRetry={() => void query.refetch()} />}
        {!error && !data && <SkeletonRows />}
        {data && <Arrived counts={data.counts} experimentId={experiment ?? null} readMs={readMs} />}
      </div>
    </>
  );
}

function ExperimentChoice({ experimentId = "" }: { experimentId?: string }) {
  const { data: experiments = [] } = useQuery(experimentsQuery);
  const navigate = useNavigate({ from: "/ingestion" });
  const isKnown = experimentId === "" || experiments.some((one) => one.experiment_id === experimentId);
  return (
    <select
      aria-label={words.experiment}
      value={experimentId}
      onChange={(event) => void navigate({ search: { experiment: event.target.value } })}
      className="h-7 max-w-80 rounded border border-line px-1"
    >
      <option value="">{words.all}</option>
      {!isKnown && <option value={experimentId}>{experimentId}</option>}
      {experiments.map((one) => (
        <option key={one.experiment_id} value={one.experiment_id}>
          {one.name}
        </option>
      ))}
    </select>
  );
}

interface ArrivedProps {
  counts: readonly Count[];
  experimentId: string | null;
  readMs: number;
}

function Arrived({ counts, experimentId, readMs }: ArrivedProps) {
  const [spansAtFirst] = useState(() => new Map(keptOf(counts, null).map((one) => [one.key, one.spans])));
  const kept = keptOf(counts, experimentId);
  const refused = refusedOf(counts);
  const setup = <SetupLink experimentId={experimentId} label={words.setup} />;
  if (counts.length === 0) {
    return (
      <EmptyState title={words.emptyTitle} actions={setup}>
        {words.empty}
      </EmptyState>
    );
  }
  return (
    <div className="flex flex-col gap-5 px-4 py-3">
      <Totals kept={kept} refused={refused} nowMs={readMs} />
      {refused.length > 0 && <RefusedTable refused={refused} nowMs={readMs} />}
      <section aria-label={words.keptTitle}>
        <header className="flex h-8 items-center gap-3">
          <h2 className="font-semibold">{words.keptTitle}</h2>
          <span className="ml-auto flex gap-4">
            {experimentId !== null && (
              <Link
                to="/experiments/$experimentId/traces"
                params={{ experimentId }}
                search={{ t: "all" }}
                className="link"
              >
                {words.openTraces}
              </Link>
            )}
            <SetupLink experimentId={experimentId} label={words.test} />
          </span>
        </header>
        {kept.length === 0 ? (
          <p className="py-2 text-muted">{words.emptyExperiment}</p>
        ) : (
          <KeptTable kept={kept} spansAtFirst={spansAtFirst} nowMs={readMs} />
        )}
      </section>
    </div>
  );
}

function SetupLink({ experimentId, label }: { experimentId: string | null; label: string }) {
  return (
    <Link to="/setup" search={experimentId === null ? {} : { experiment: experimentId }} className="link">
      {label}
    </Link>
  );
}
