import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Problem, SkeletonRows } from "@/components/States";
import { Status } from "@/components/Status";
import { listFilter } from "@/filter/neighbours";
import { andFilter } from "@/filter/terms";
import { useSteadyNow } from "@/filter/useNow";
import { duration } from "@/format/numbers";
import { TimeCell } from "@/subjects/TimeCell";
import { text } from "@/text";
import type { ComparedSidesProps } from "./ComparedSides";
import { EXAMPLES, examplesQuery } from "./queries";

/** The newest traces of B that failed. */
export function FailingExamples({ experimentId, b, q, t }: ComparedSidesProps) {
  const nowMs = useSteadyNow();
  const failed = andFilter(andFilter(b.filter, "status = 'ERROR'"), q);
  const { data, error, refetch } = useQuery(examplesQuery(experimentId, listFilter({ q: failed, t }, nowMs)));
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <SkeletonRows rows={4} />;
  if (data.traces.length === 0) return <p className="text-muted">{text.versions.noFailures}</p>;
  return (
    <div className="max-w-6xl">
      <table className="w-full">
        <tbody>
          {data.traces.map((one) => (
            <tr key={one.trace_id} className="h-8 border-line border-b">
              <td className="whitespace-nowrap pr-4">
                <span className="inline-flex items-center gap-1.5 align-middle">
                  <Status state={one.state} />
                  <Link
                    to="/experiments/$experimentId/traces/$traceId"
                    params={{ experimentId, traceId: one.trace_id }}
                    search={{ q: failed, t }}
                    className="link"
                  >
                    {one.name ?? one.trace_id}
                  </Link>
                </span>
              </td>
              <td className="w-full max-w-0 truncate pr-4" title={one.request_preview ?? undefined}>
                {one.request_preview}
              </td>
              <td className="whitespace-nowrap pr-4 text-right">{duration(one.duration_ms)}</td>
              <td className="whitespace-nowrap text-right">
                <TimeCell ms={one.request_time_ms} nowMs={nowMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {data.traces.length === EXAMPLES && (
        <Link
          to="/experiments/$experimentId/traces"
          params={{ experimentId }}
          search={{ q: failed, t }}
          className="link mt-2 inline-block"
        >
          {text.versions.allFailures}
        </Link>
      )}
    </div>
  );
}
