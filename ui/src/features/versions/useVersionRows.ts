import { useQuery } from "@tanstack/react-query";
import type { ListView } from "@/address/view";
import { useSteadyNow } from "@/filter/useNow";
import { parseRange } from "@/time/range";
import { figuresQuery, versionsQuery } from "./queries";
import { rowsOf, type VersionRow } from "./rows";

interface VersionRows {
  rows: VersionRow[];
  isPending: boolean;
  error: unknown;
  refetch: () => void;
}

/** All versions of the experiment, also those that only traces of the view name. */
export function useVersionRows(experimentId: string, { t }: ListView): VersionRows {
  const nowMs = useSteadyNow();
  const all = useQuery(versionsQuery(experimentId));
  const figures = useQuery(figuresQuery(experimentId, "", parseRange(t, nowMs), true));
  return {
    rows: rowsOf(all.data?.versions ?? [], figures.data?.rows ?? [], all.data?.isWhole ?? false),
    isPending: all.isPending,
    error: all.error,
    refetch: () => void all.refetch(),
  };
}
