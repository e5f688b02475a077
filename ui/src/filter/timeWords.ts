/** Time ranges in words, and moved along. All are pure. */
import { text as words } from "@/text";
import { DEFAULT_RANGE, exactRange, PRESETS, type Preset, parseRange, presetMs } from "@/time/range";

const DAY_MS = 86_400_000;
const MINUTE = { hour: "2-digit", minute: "2-digit" } as const;
const clock = new Intl.DateTimeFormat("en-GB", MINUTE);
const exactClock = new Intl.DateTimeFormat("en-GB", { ...MINUTE, second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

/** A range as people say it: "Last 24 hours", "21 Nov 10:00 – 11:30". */
export function rangeWords(t: string | undefined, nowMs: number): string {
  const { startMs, endMs } = parseRange(t, nowMs);
  if (startMs === null && endMs === null) return words.time.presets.all;
  if (startMs !== null && endMs === null && !t?.includes("..")) return words.time.last(lengthWords(t ?? DEFAULT_RANGE));
  if (startMs === null) return words.time.until(momentWords(endMs ?? nowMs, nowMs));
  if (endMs === null) return words.time.since(momentWords(startMs, nowMs));
  const isOneDay = new Date(startMs).toDateString() === new Date(endMs).toDateString();
  const end = isOneDay ? clockWords(endMs) : momentWords(endMs, nowMs);
  return `${momentWords(startMs, nowMs)} – ${end}`;
}

function lengthWords(t: string): string {
  const known = presetMs(t) === null ? DEFAULT_RANGE : t;
  if (PRESETS.includes(known as Preset)) return words.time.presets[known as Preset];
  return words.time.length(Number(known.slice(0, -1)), known.slice(-1) as "m" | "h" | "d");
}

function momentWords(timeMs: number, nowMs: number): string {
  const isThisYear = new Date(timeMs).getFullYear() === new Date(nowMs).getFullYear();
  return `${(isThisYear ? day : dayOfYear).format(timeMs)} ${clockWords(timeMs)}`;
}

function clockWords(timeMs: number): string {
  return (timeMs % 60_000 === 0 ? clock : exactClock).format(timeMs);
}

/** The range before (-1) or after (1) a range, as long as it; null where there is none. */
export function movedRange(t: string | undefined, nowMs: number, steps: -1 | 1): string | null {
  const { startMs, endMs } = parseRange(t, nowMs);
  if (startMs === null || (steps === 1 && (endMs ?? nowMs) >= nowMs)) return null;
  const lengthMs = (endMs ?? nowMs) - startMs;
  return lengthMs > 0 ? exactRange(startMs + steps * lengthMs, startMs + (steps + 1) * lengthMs) : null;
}

/** A moment as `<input type="datetime-local">` has it, in the browser's zone. */
export function localInput(timeMs: number): string {
  const time = new Date(timeMs);
  const local = new Date(timeMs - time.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** What somebody entered: an exact range, or why it is none. */
export function enteredRange(from: string, to: string): { t: string } | { problem: string } {
  const [startMs, endMs] = [new Date(from).getTime(), new Date(to).getTime()];
  if (Number.isNaN(startMs) || Number.isNaN(endMs)) return { problem: words.time.incomplete };
  if (startMs < 0 || endMs <= startMs) return { problem: words.time.wrongOrder };
  return { t: exactRange(startMs, endMs) };
}

/** The zone of the browser, such as "Europe/Lisbon (UTC+1)". */
export function zoneWords(nowMs: number): string {
  const hours = -new Date(nowMs).getTimezoneOffset() / 60;
  const offset = hours === 0 ? "UTC" : `UTC${hours > 0 ? "+" : "−"}${Math.abs(hours)}`;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return timeZone === offset ? offset : `${timeZone} (${offset})`;
}

/** The day up to a moment: what stands there before somebody enters another time. */
export function lastDayMs(nowMs: number): { startMs: number; endMs: number } {
  return { startMs: nowMs - DAY_MS, endMs: nowMs };
}
