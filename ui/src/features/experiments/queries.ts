import { queryOptions } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { steadyNow } from "@/time/range";

const HOUR_MS = 3_600_000;
const HOURS = 24;
const MAX_EXPERIMENTS = 1000;

/** What each experiment's traces of the last 24 hours come to. */
export const lastDayQuery = (experimentIds: readonly string[]) => {
  const endMs = steadyNow(Date.now(), HOUR_MS / 60);
  const ids = experimentIds.slice(0, MAX_EXPERIMENTS);
  return queryOptions({
    queryKey: ["experiments", "last day", ids, endMs],
    enabled: ids.length > 0,
    queryFn: async ({ signal }) => {
      const body = {
        experiment_ids: [...ids],
        start_ms: endMs - HOURS * HOUR_MS,
        end_ms: endMs,
        group_by: ["experiment_id"],
        percentiles: [95],
        assessments: false,
        limit: MAX_EXPERIMENTS,
      };
      const { rows } = await answer(api.POST("/api/v1/figures/traces", { body, signal }));
      return new Map(rows.map((row) => [row.group.experiment_id, row]));
    },
  });
};
