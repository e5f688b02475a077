/** The time that monitoring looks at, cut into steps; and the time before it, to compare with. */
import { parseRange, stepMs } from "@/time/range";

export interface Period {
  /** Unix milliseconds. */
  readonly startMs: number;
  /** Exclusive. */
  readonly endMs: number;
  readonly stepMs: number;
  /** The starts of the steps: multiples of their length since 1970 in UTC, as the server cuts time. */
  readonly xMs: readonly number[];
}

const STEPS = 60;
const LEAST_MS = 1_000;

/** Cut the range of an address. `firstMs` is when the first trace began, for a range that begins with it. */
export function periodOf(t: string | undefined, nowMs: number, firstMs: number | null): Period {
  const range = parseRange(t, nowMs);
  const endMs = range.endMs ?? nowMs;
  const startMs = Math.min(range.startMs ?? firstMs ?? endMs, endMs - LEAST_MS);
  return cut(startMs, endMs, stepMs(endMs - startMs, STEPS));
}

/** Whether the range of an address begins with the first trace. */
export function isOpen(t: string | undefined): boolean {
  return parseRange(t, 0).startMs === null;
}

/** Whether the range of an address goes on with time. */
export function isGrowing(t: string | undefined): boolean {
  return parseRange(t, 0).endMs === null;
}

/** The same length before, by whole steps, so that each step has its counterpart at the same place. */
export function periodBefore(period: Period): Period {
  const { startMs, endMs, stepMs: step } = period;
  const backMs = Math.ceil((endMs - startMs) / step) * step;
  return {
    startMs: startMs - backMs,
    endMs: endMs - backMs,
    stepMs: step,
    xMs: period.xMs.map((startOfStepMs) => startOfStepMs - backMs),
  };
}

/** How often to read again: a twentieth of a step, within reason. */
export function refreshMs({ stepMs: step }: Period): number {
  return Math.min(60_000, Math.max(10_000, step / 20));
}

const SELDOM_MS = 300_000;
const LONG_MS = 86_400_000;

/**
 * A long period that moves every five minutes only, for figures that the server works out trace by trace. It takes in
 * all of the period; its end may lie ahead.
 */
export function seldom(period: Period): Period {
  const { startMs, endMs } = period;
  if (endMs - startMs <= LONG_MS) return period;
  return {
    ...period,
    startMs: Math.floor(startMs / SELDOM_MS) * SELDOM_MS,
    endMs: Math.ceil(endMs / SELDOM_MS) * SELDOM_MS,
  };
}

function cut(startMs: number, endMs: number, step: number): Period {
  const firstMs = Math.floor(startMs / step) * step;
  const count = Math.max(1, Math.ceil((endMs - firstMs) / step));
  return { startMs, endMs, stepMs: step, xMs: Array.from({ length: count }, (_, index) => firstMs + index * step) };
}
