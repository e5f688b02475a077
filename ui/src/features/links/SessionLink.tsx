import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useParams } from "@tanstack/react-router";
import { answer, api, type Schemas } from "@/api/client";
import { experimentsQuery } from "@/api/experiments";
import { EmptyState, Problem } from "@/components/States";
import { quoted } from "@/filter/terms";
import { text } from "@/text";
import { Finding, NotFound } from "./Finding";

/** So many experiments are asked at once, as the server takes them. */
const EXPERIMENTS_A_SEARCH = 100;

/** A session by its name alone. */
export function SessionLink() {
  const { _splat: session = "" } = useParams({ from: "/s/$" });
  const { data: experiments, error: noExperiments } = useQuery(experimentsQuery);
  const ids = experiments?.map((one) => one.experiment_id);
  const { data: found, error } = useQuery({
    queryKey: ["link", "session", session, ids],
    queryFn: ({ signal }) => sessionsNamed(session, ids ?? [], signal),
    enabled: ids !== undefined,
  });
  const problem = noExperiments ?? error;
  if (problem) return <Problem error={problem} />;
  if (found === undefined) return <Finding />;
  const [only, ...others] = found;
  if (only === undefined) return <NotFound title={text.links.noSession(session)} />;
  const place = (experimentId: string) => ({
    to: "/experiments/$experimentId/sessions/$session" as const,
    params: { experimentId, session },
  });
  if (others.length === 0) return <Navigate {...place(only.experiment_id)} replace />;
  return (
    <EmptyState title={text.links.inSeveral(session)}>
      <ul>
        {found.map(({ experiment_id: experimentId, totals }) => (
          <li key={experimentId} className="flex gap-3">
            <Link {...place(experimentId)} className="link">
              {experiments?.find((one) => one.experiment_id === experimentId)?.name ?? experimentId}
            </Link>
            {text.count.turns(totals.traces)}
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}

async function sessionsNamed(session: string, experimentIds: string[], signal: AbortSignal) {
  const found: Schemas["SessionModel"][] = [];
  for (let start = 0; start < experimentIds.length; start += EXPERIMENTS_A_SEARCH) {
    let token: string | null = null;
    do {
      const page: Schemas["SessionPageModel"] = await answer(
        api.POST("/api/v1/sessions/search", {
          body: {
            experiment_ids: experimentIds.slice(start, start + EXPERIMENTS_A_SEARCH),
            filter: `session = ${quoted(session)}`,
            order_by: "last_time_ms",
            descending: true,
            max_results: 100,
            page_token: token,
          },
          signal,
        }),
      );
      found.push(...page.sessions);
      token = page.next_page_token;
    } while (token !== null);
  }
  return found;
}
