/** What "now" is for the ranges of a view: it stands still, so that queries share answers and rows do not move by themselves. */
import { useSyncExternalStore } from "react";
import { steadyNow } from "@/time/range";

const EVERY_MS = 10_000;
const listeners = new Set<() => void>();
let nowMs = steadyNow(Date.now(), EVERY_MS);

/** The time in Unix milliseconds. It goes on when a page is opened, when the filter or the range changes, and on `advanceNow`. */
export function useSteadyNow(): number {
  return useSyncExternalStore(listen, () => nowMs);
}

/** Let the ranges of the view end now, as on "read again"; within ten seconds nothing changes. */
export function advanceNow(): void {
  const next = steadyNow(Date.now(), EVERY_MS);
  if (next === nowMs) return;
  nowMs = next;
  for (const listener of listeners) listener();
}

function listen(listener: () => void): () => void {
  if (listeners.size === 0) advanceNow();
  listeners.add(listener);
  return () => listeners.delete(listener);
}
