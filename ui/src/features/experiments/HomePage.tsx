import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { experimentsQuery } from "@/api/experiments";
import { ExperimentsPage } from "./ExperimentsPage";

/** The start: all experiments, or the only one there is. */
export function HomePage() {
  const { data: experiments } = useQuery(experimentsQuery);
  const [first, second] = experiments ?? [];
  if (first === undefined || second !== undefined) return <ExperimentsPage />;
  return <Navigate to="/experiments/$experimentId/traces" params={{ experimentId: first.experiment_id }} replace />;
}
