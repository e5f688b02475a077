import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import type { ListView } from "@/address/view";
import { filterProblemOf } from "@/api/client";
import { FeedbackMarks } from "@/components/FeedbackMarks";
import { type Figure, FigureList } from "@/components/FigureList";
import { SkeletonRows } from "@/components/States";
import { FilterToolbar } from "@/filter/FilterToolbar";
import { listFilter } from "@/filter/neighbours";
import { andFilter } from "@/filter/terms";
import { useSteadyNow } from "@/filter/useNow";
import { count, duration, usd } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { NotThere } from "@/subjects/NotThere";
import { StepCharts } from "@/subjects/StepCharts";
import { SubjectHeader } from "@/subjects/SubjectHeader";
import { ErrorsLink, TracesLink } from "@/subjects/totals";
import { text } from "@/text";
import { parseRange } from "@/time/range";
import { ofUser } from "./columns";
import { LatestSessions, LatestTraces } from "./Latest";
import { latestTracesQuery, type User, userQuery } from "./queries";

const FROM = "/experiments/$experimentId/users/$user";

export function UserPage() {
  const { experimentId, user } = useParams({ from: FROM });
  const view = useSearch({ from: FROM });
  const navigate = useNavigate({ from: FROM });
  const nowMs = useSteadyNow();
  const { data: found, error, refetch } = useQuery(userQuery(experimentId, user));
  const range = parseRange(view.t, nowMs);
  // What people wrote stands first, so that the position of a mistake is theirs.
  const filter = andFilter(view.q ?? "", ofUser(user));
  const bounded = listFilter({ q: filter, t: view.t }, nowMs);
  const traces = useQuery(latestTracesQuery(experimentId, bounded));
  const filterProblem = filterProblemOf(traces.error);
  if (error) {
    return (
      <NotThere experimentId={experimentId} kind="users" name={user} error={error} onRetry={() => void refetch()} />
    );
  }
  if (found === undefined) return <SkeletonRows rows={10} />;
  const change = (next: Partial<ListView>) => void navigate({ search: (old) => ({ ...old, ...next }), replace: true });
  return (
    <>
      <SubjectHeader experimentId={experimentId} kind="users" view={view} name={user} />
      <div className="min-h-0 flex-1 overflow-auto">
        <section aria-label={text.users.totals} className="border-line border-b bg-bg-sunken px-4 py-2">
          <FigureList label={text.users.totals} figures={figuresOf(found)} />
          {found.feedback.length > 0 && (
            <div className="mt-2">
              <FeedbackMarks feedback={found.feedback} most={8} wraps />
            </div>
          )}
        </section>
        <FilterToolbar experimentId={experimentId} problem={filterProblem} />
        {filterProblem === null && (
          <div className="space-y-6 px-4 pb-6">
            <StepCharts
              experimentId={experimentId}
              filter={filter}
              range={range}
              nowMs={nowMs}
              onTime={(t) => change({ t })}
            />
            <LatestSessions experimentId={experimentId} filter={bounded} q={filter} t={view.t} nowMs={nowMs} />
            <LatestTraces experimentId={experimentId} filter={bounded} q={filter} t={view.t} nowMs={nowMs} />
          </div>
        )}
      </div>
    </>
  );
}

function figuresOf({ user, experiment_id: experimentId, totals, sessions }: User): Figure[] {
  const words = { ...text.subjects.columns, ...text.users.columns };
  const q = ofUser(user);
  const everyTrace = (
    <TracesLink experimentId={experimentId} q={q} className="link">
      {count(totals.traces)}
    </TracesLink>
  );
  const everySession = (
    <Link to="/experiments/$experimentId/sessions" params={{ experimentId }} search={{ q, t: "all" }} className="link">
      {count(sessions)}
    </Link>
  );
  return [
    { label: words.traces, value: everyTrace },
    { label: words.sessions, value: everySession },
    { label: words.errors, value: <ErrorsLink experimentId={experimentId} q={q} errors={totals.errors} /> },
    { label: words.tokens, value: count(totals.total_tokens) },
    { label: words.cost, value: usd(totals.cost_usd) },
    { label: words.meanCost, value: usd(totals.traces === 0 ? null : totals.cost_usd / totals.traces) },
    { label: words.duration, value: duration(totals.duration_ms), title: words.durationHint },
    { label: words.first, value: fullMoment(totals.first_time_ms).replace(/\.\d+.*/, "") },
    { label: words.last, value: fullMoment(totals.last_time_ms).replace(/\.\d+.*/, "") },
  ];
}
