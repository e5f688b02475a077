/** Why nothing matches: which condition takes the most away, and whether the time does. */
import { queryOptions } from "@tanstack/react-query";
import { searchTraces } from "@/api/traces";
import { exactRange, PRESETS, presetMs } from "@/time/range";
import { type Term, termsOf, withoutTerm } from "./terms";

const MOST_TERMS = 6;
const MARGIN_MS = 60_000;

export interface Without {
  readonly term: Term;
  /** The filter that is left. */
  readonly q: string;
}

/** The filters that are left when one condition is dropped. */
export function withoutEach(q: string): Without[] {
  return (termsOf(q) ?? []).slice(0, MOST_TERMS).map((term) => ({ term, q: withoutTerm(q, term) }));
}

export interface Extent {
  readonly oldestMs: number;
  readonly newestMs: number;
}

/** When the oldest and the newest traces that match were, at any time; null where there are none. */
export const extentQuery = (experimentId: string, filter: string) =>
  queryOptions({
    queryKey: ["extent", experimentId, filter],
    queryFn: async ({ signal }): Promise<Extent | null> => {
      const one = async (order: string) => {
        const found = await searchTraces(experimentId, { filter, most: 1, order: [order] }, signal);
        return found.traces[0]?.request_time_ms ?? null;
      };
      const [newestMs, oldestMs] = await Promise.all([one("timestamp DESC"), one("timestamp ASC")]);
      return newestMs === null || oldestMs === null ? null : { newestMs, oldestMs };
    },
  });

/** The shortest range up to now that holds a moment. */
export function rangeSince(timeMs: number, nowMs: number): string {
  return (
    PRESETS.find((preset) => (presetMs(preset) ?? Number.POSITIVE_INFINITY) >= nowMs - timeMs + MARGIN_MS) ?? "all"
  );
}

/** The range that holds all that match. */
export function rangeOf({ oldestMs, newestMs }: Extent): string {
  return exactRange(Math.floor(oldestMs / MARGIN_MS) * MARGIN_MS, (Math.floor(newestMs / MARGIN_MS) + 1) * MARGIN_MS);
}
