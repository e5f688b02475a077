import { useQuery } from "@tanstack/react-query";
import { Navigate, useParams, useSearch } from "@tanstack/react-router";
import { ApiProblem, answer, api } from "@/api/client";
import { Problem } from "@/components/States";
import { text } from "@/text";
import { Finding, NotFound } from "./Finding";

const FROM = "/t/$traceId";

/** A trace by its id alone. */
export function TraceLink() {
  const { traceId } = useParams({ from: FROM });
  const search = useSearch({ from: FROM });
  const { data, error, refetch } = useQuery({
    queryKey: ["link", "trace", traceId],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/traces/{trace_id}", {
          params: { path: { trace_id: traceId }, query: { limit: 1 } },
          signal,
        }),
      ),
  });
  if (error instanceof ApiProblem && (error.status === 404 || error.status === 400)) {
    return <NotFound title={text.links.noTrace(traceId)} />;
  }
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Finding />;
  return (
    <Navigate
      to="/experiments/$experimentId/traces/$traceId"
      params={{ experimentId: data.trace.experiment_id, traceId }}
      search={search}
      replace
    />
  );
}
