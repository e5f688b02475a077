/** The time range of a view, as the address has it: `24h` stays relative, `<from>..<to>` in Unix milliseconds is exact. */

export interface TimeRange {
  /** Unix milliseconds; null for no bound. */
  readonly startMs: number | null;
  /** Exclusive. */
  readonly endMs: number | null;
}

export const PRESETS = ["15m", "1h", "6h", "24h", "7d", "30d", "90d", "all"] as const;
export type Preset = (typeof PRESETS)[number];

export const DEFAULT_RANGE: Preset = "7d";

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The length of a preset such as `24h`; null for `all` and for what is none. */
export function presetMs(text: string): number | null {
  const match = /^([1-9]\d{0,3})([mhd])$/.exec(text);
  return match ? Number(match[1]) * (UNITS_MS[match[2] ?? ""] ?? 0) : null;
}

/** Read a range; what cannot be read is the default. */
export function parseRange(text: string | undefined, nowMs: number): TimeRange {
  const exact = /^(\d{1,15})?\.\.(\d{1,15})?$/.exec(text ?? ""); // 16 digits reach beyond what a Date can hold
  if (exact) return { startMs: exact[1] ? Number(exact[1]) : null, endMs: exact[2] ? Number(exact[2]) : null };
  if (text === "all") return { startMs: null, endMs: null };
  const lengthMs = presetMs(text ?? DEFAULT_RANGE) ?? presetMs(DEFAULT_RANGE) ?? 0;
  return { startMs: nowMs - lengthMs, endMs: null };
}

/** Write an exact range. */
export function exactRange(startMs: number, endMs: number): string {
  return `${Math.round(startMs)}..${Math.round(endMs)}`;
}

const STEPS_MS = [
  1_000,
  5_000,
  15_000,
  60_000,
  300_000,
  900_000,
  3_600_000,
  3 * 3_600_000,
  6 * 3_600_000,
  12 * 3_600_000,
  86_400_000,
  7 * 86_400_000,
  30 * 86_400_000,
];

/** The length of time steps that cut a range into at most `steps` pieces. */
export function stepMs(lengthMs: number, steps = 60): number {
  return STEPS_MS.find((step) => lengthMs / step <= steps) ?? Math.ceil(lengthMs / steps);
}

/** Cut `nowMs` so that queries of the same view within this time share one answer. */
export function steadyNow(nowMs: number, everyMs = 10_000): number {
  return Math.ceil(nowMs / everyMs) * everyMs;
}
