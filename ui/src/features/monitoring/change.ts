/** How a number has changed since the time before. */
export interface Change {
  readonly words: string;
  readonly direction: "up" | "down" | "same";
}

/** By how much, relative to before; null where there is nothing to compare. */
export function relativeChange(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now == null || before == null || before === 0) return null;
  const share = (now - before) / before;
  if (Math.abs(share) < 0.0005) return { words: "0 %", direction: "same" };
  return { words: sizeOf(share), direction: share > 0 ? "up" : "down" };
}

function sizeOf(share: number): string {
  const size = Math.abs(share);
  if (size >= 10) return `×${Math.round(share + 1)}`;
  return `${(size * 100).toFixed(size < 0.1 ? 1 : 0)} %`;
}

/** By how many points a share has changed. */
export function pointChange(now: number | null | undefined, before: number | null | undefined): Change | null {
  if (now == null || before == null) return null;
  const points = (now - before) * 100;
  if (Math.abs(points) < 0.05) return { words: "0 pt", direction: "same" };
  return { words: `${Math.abs(points).toFixed(1)} pt`, direction: points > 0 ? "up" : "down" };
}
