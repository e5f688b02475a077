import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useSteadyNow } from "@/filter/useNow";
import { parseRange } from "@/time/range";
import { figuresQuery, versionsQuery } from "./queries";
import { rowsOf } from "./rows";

/** All versions of the experiment, and what their traces of a filter and a time come to. */
export function useVersionRows(experimentId: string, q: string, t: string | undefined) {
  const nowMs = useSteadyNow();
  const all = useQuery(versionsQuery(experimentId));
  const figures = useQuery(figuresQuery(experimentId, q, parseRange(t, nowMs), true));
  const rows = useMemo(
    () => rowsOf(all.data?.versions ?? [], figures.data?.rows ?? [], all.data?.isWhole ?? false),
    [all.data, figures.data],
  );
  return { all, figures, rows };
}
