import { useQuery } from "@tanstack/react-query";
import { Link, Navigate, useParams } from "@tanstack/react-router";
import { experimentsQuery } from "@/api/experiments";
import { Problem } from "@/components/States";
import { text } from "@/text";
import { Finding, NotFound } from "./Finding";
import { alike, named } from "./names";

/** An experiment by its name. */
export function ExperimentLink() {
  const { _splat: name = "" } = useParams({ from: "/x/$" });
  const { data: experiments, error, refetch } = useQuery(experimentsQuery);
  if (error) return <Problem error={error} onRetry={() => void refetch()} />;
  if (experiments === undefined) return <Finding />;
  const found = named(experiments, name);
  const place = (experimentId: string) => ({
    to: "/experiments/$experimentId/traces" as const,
    params: { experimentId },
  });
  if (found) return <Navigate {...place(found.experiment_id)} replace />;
  const others = alike(experiments, name);
  return (
    <NotFound title={text.links.noExperiment(name)}>
      {others.length > 0 && (
        <>
          <p className="mt-3">{text.links.alike}</p>
          <ul>
            {others.map((one) => (
              <li key={one.experiment_id}>
                <Link {...place(one.experiment_id)} className="link">
                  {one.name}
                </Link>
              </li>
            ))}
          </ul>
        </>
      )}
    </NotFound>
  );
}
