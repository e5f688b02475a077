/** Numbers as people read them. All are pure; `null` and `undefined` become a dash. */

export const NONE = "–";

type Maybe = number | null | undefined;

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count in full: 12,345. */
export function count(value: Maybe): string {
  return value == null ? NONE : whole.format(value);
}

/** A count that must stay short: 12.3K. */
export function shortCount(value: Maybe): string {
  return value == null ? NONE : compact.format(value);
}

/** A duration in milliseconds with three digits that count: 0.4 ms, 12 ms, 1.24 s, 3 m 05 s, 2 h 10 m. */
export function duration(ms: Maybe): string {
  if (ms == null) return NONE;
  if (ms < 0) return `-${duration(-ms)}`;
  if (ms < 1) return ms === 0 ? "0 ms" : `${ms < 0.1 ? ms.toFixed(3) : ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const wholeSeconds = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(wholeSeconds / 3600),
    Math.floor((wholeSeconds % 3600) / 60),
    wholeSeconds % 60,
  ];
  if (hours === 0) return `${minutes} m ${String(rest).padStart(2, "0")} s`;
  return `${whole.format(hours)} h ${String(minutes).padStart(2, "0")} m`;
}

/** US dollars, with as many digits as a small amount needs: $12.30, $0.0042. */
export function usd(value: Maybe): string {
  if (value == null) return NONE;
  if (value === 0) return "$0";
  const size = Math.abs(value);
  if (size < 0.000_001) return value < 0 ? "-<$0.000001" : "<$0.000001";
  const digits = size >= 0.995 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(size)));
  const sign = value < 0 ? "-" : "";
  return `${sign}$${size.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: Math.max(2, digits) })}`;
}

/** A share from 0 to 1: 3.4 %. */
export function percent(share: Maybe): string {
  if (share == null) return NONE;
  const value = share * 100;
  if (value === 0 || value === 100) return `${value} %`;
  if (value > 99.9) return ">99.9 %";
  if (value < 0.1) return "<0.1 %";
  return `${value.toFixed(1)} %`;
}

/** A size in bytes: 14 kB, 2.1 MB. */
export function bytes(value: Maybe): string {
  if (value == null) return NONE;
  if (value < 1000) return `${value} B`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(value * 1.0006) / 3)); // 999.5 kB are rounded to 1 MB
  const scaled = value / 1000 ** power;
  return `${scaled < 9.95 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power - 1]}`;
}

/** Any measured number with four digits that count. */
export function measured(value: Maybe): string {
  return value == null ? NONE : value.toLocaleString("en", { maximumSignificantDigits: 4 });
}
