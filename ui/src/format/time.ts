/** Moments as people read them, in the browser's time zone. */

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" });
const zoneName = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

/** A moment for a list: the time today, else day and time, else with the year. */
export function moment(timeMs: number, nowMs: number): string {
  const [time, now] = [new Date(timeMs), new Date(nowMs)];
  if (time.toDateString() === now.toDateString()) return clock.format(time);
  const date = time.getFullYear() === now.getFullYear() ? day : dayOfYear;
  return `${date.format(time)} ${clock.format(time)}`;
}

/** A moment in full, to the millisecond, with the zone. */
export function fullMoment(timeMs: number): string {
  const time = new Date(timeMs);
  const milliseconds = String(time.getMilliseconds()).padStart(3, "0");
  const zone = zoneName.formatToParts(time).find((part) => part.type === "timeZoneName")?.value;
  return `${dayOfYear.format(time)} ${clock.format(time)}.${milliseconds} ${zone ?? ""}`.trim();
}

const AGES: [number, Intl.RelativeTimeFormatUnit][] = [
  [60_000, "second"],
  [3_600_000, "minute"],
  [86_400_000, "hour"],
  [30 * 86_400_000, "day"],
  [365 * 86_400_000, "month"],
  [Number.POSITIVE_INFINITY, "year"],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** How long ago: 5 min. ago. */
export function age(timeMs: number, nowMs: number): string {
  let unitMs = 1000;
  for (const [limitMs, unit] of AGES) {
    if (Math.abs(nowMs - timeMs) < limitMs) return relative.format(-Math.round((nowMs - timeMs) / unitMs), unit);
    unitMs = limitMs;
  }
  return fullMoment(timeMs);
}
