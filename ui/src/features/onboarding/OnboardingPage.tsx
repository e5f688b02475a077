import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { experimentsQuery } from "@/api/experiments";
import { FirstTraces } from "@/components/firstTraces/FirstTraces";
import { PageHeader } from "@/components/PageHeader";
import { Problem, SkeletonRows } from "@/components/States";
import { text } from "@/text";

const words = text.onboarding;

/** How to send traces to an experiment, also once it has some. */
export function OnboardingPage() {
  const { experiment } = useSearch({ from: "/setup" });
  const { data: experiments, error, refetch } = useQuery(experimentsQuery);
  const navigate = useNavigate();
  const [arrived, setArrived] = useState<readonly string[]>([]);
  if (error) return <Problem error={error} onRetry={refetch} />;
  if (experiments === undefined) return <SkeletonRows />;
  const experimentId = experiment ?? experiments[0]?.experiment_id ?? "0";
  const newest = arrived.at(-1);
  return (
    <>
      <PageHeader title={text.nav.setup}>
        <select
          aria-label={words.another}
          value={experimentId}
          onChange={(event) => {
            setArrived([]);
            void navigate({ to: "/setup", search: { experiment: event.target.value } });
          }}
          className="h-7 max-w-72 rounded border border-line px-1.5"
        >
          {experiments.map((one) => (
            <option key={one.experiment_id} value={one.experiment_id}>
              {one.name}
            </option>
          ))}
        </select>
        {newest !== undefined && (
          <span role="status" className="flex gap-2">
            {words.arrivedTitle(arrived.length)}
            <Link
              to="/experiments/$experimentId/traces/$traceId"
              params={{ experimentId, traceId: newest }}
              className="link"
            >
              {words.openTrace}
            </Link>
          </span>
        )}
      </PageHeader>
      <div className="min-h-0 flex-1 overflow-auto">
        <FirstTraces
          key={experimentId}
          experimentId={experimentId}
          onArrived={(traceId) => setArrived((old) => [...old.filter((other) => other !== traceId), traceId])}
        />
      </div>
    </>
  );
}
