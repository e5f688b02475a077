import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ingestionQuery } from "@/api/ingestion";

const EVERY_MS = 3_000;

/** What was refused since the page was opened, of one experiment or before any was known. */
export function useRefusals(experimentId: string) {
  const [sinceMs] = useState(Date.now);
  const { data } = useQuery({ ...ingestionQuery, refetchInterval: EVERY_MS });
  return (data?.counts ?? []).filter(
    (row) =>
      row.outcome === "rejected" &&
      row.last_time_ms >= sinceMs &&
      (row.experiment_id === null || row.experiment_id === experimentId),
  );
}
