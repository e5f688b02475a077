/** What a chart draws, and where. Times are Unix milliseconds; a step goes from its start to before the next. */

type SeriesKind = "line" | "bars" | "stacked";

export interface TimeSeries {
  readonly label: string;
  /** One for each step; null where nothing was measured. */
  readonly values: readonly (number | null)[];
  /** A CSS colour; variables are read anew when the theme changes. */
  readonly hue: string;
  readonly kind: SeriesKind;
  readonly format: (value: number | null | undefined) => string;
  /** A line that stands for something else than now, such as the time before. */
  readonly isDashed?: boolean;
}

export interface Marker {
  readonly atMs: number;
  readonly label: string;
}

/** Where values are drawn: stacked ones on top of those before them, all others as they are. */
export function drawnValues(series: readonly TimeSeries[]): (number | null)[][] {
  let below: number[] = [];
  return series.map(({ kind, values }) => {
    if (kind !== "stacked") return [...values];
    const top = values.map((value, index) => (below[index] ?? 0) + (value ?? 0));
    below = top;
    return top;
  });
}

/** The order of drawing: the tallest of a stack first, so that those below it stay visible; lines last. */
export function drawingOrder(series: readonly TimeSeries[]): number[] {
  const of = (kind: SeriesKind) => series.flatMap((one, index) => (one.kind === kind ? [index] : []));
  return [...of("stacked").reverse(), ...of("bars"), ...of("line")];
}

/** The series that lies at a height of a step: the bar that holds it, else the nearest; null where the step is empty. */
export function seriesAt(series: readonly TimeSeries[], step: number, height: number): number | null {
  const drawn = drawnValues(series);
  let bar: number | null = null;
  let nearest: number | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const [index, { kind, values }] of series.entries()) {
    const [top, value] = [drawn[index]?.[step], values[step]];
    if (top == null || value == null || (kind !== "line" && value === 0)) continue;
    const isLower = bar === null || top < (drawn[bar]?.[step] ?? 0);
    if (kind !== "line" && height <= top && isLower) bar = index;
    if (Math.abs(top - height) < distance) [nearest, distance] = [index, Math.abs(top - height)];
  }
  return bar ?? nearest;
}

/** Steps, and the time that was asked for. */
interface StepsOfTime {
  readonly xMs: readonly number[];
  readonly startMs: number;
  readonly endMs: number;
}

/** The length of the steps that a chart is drawn in. */
export function lengthOfSteps({ xMs, startMs, endMs }: StepsOfTime): number {
  const [first, second] = xMs;
  return first !== undefined && second !== undefined ? second - first : Math.max(1, endMs - (first ?? startMs));
}

/** From when to when a chart is drawn: all of its steps. */
export function drawnTime({ xMs, startMs, endMs }: StepsOfTime): [number, number] {
  const [first, last] = [xMs[0], xMs.at(-1)];
  if (first === undefined || last === undefined) return [startMs, endMs];
  return [first, last + lengthOfSteps({ xMs, startMs, endMs })];
}

/** From and to before when steps lie, within the time that was asked for. */
export function timeOfSteps(chart: StepsOfTime, first: number, last = first): [number, number] {
  const lengthMs = lengthOfSteps(chart);
  const from = chart.xMs[Math.min(first, last)] ?? chart.startMs;
  const to = (chart.xMs[Math.max(first, last)] ?? chart.endMs) + lengthMs;
  return [Math.max(from, chart.startMs), Math.min(to, chart.endMs)];
}

/** Whether ticks between whole numbers would mean nothing. */
export function areWhole(series: readonly TimeSeries[]): boolean {
  return series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)));
}

export interface PlacedMarker extends Marker {
  /** From 0 at the start to 1 at the end. */
  readonly at: number;
  /** Whether there is room for its label behind the one before. */
  readonly hasLabel: boolean;
}

const LABEL_WIDTH = 0.09; // of the plot

export function placedMarkers(markers: readonly Marker[], fromMs: number, toMs: number): PlacedMarker[] {
  let labelled = Number.NEGATIVE_INFINITY;
  return [...markers]
    .sort((one, other) => one.atMs - other.atMs)
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map((marker) => {
      const at = (marker.atMs - fromMs) / (toMs - fromMs);
      const hasLabel = at - labelled >= LABEL_WIDTH;
      if (hasLabel) labelled = at;
      return { ...marker, at, hasLabel };
    });
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const seconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const month = new Intl.DateTimeFormat("en-GB", { month: "short", year: "numeric" });
const DAY_MS = 86_400_000;

/** A moment of the axis, as exact as the distance of its ticks; midnight is told by its day. */
export function tick(timeMs: number, distanceMs: number): string {
  const time = new Date(timeMs);
  if (distanceMs >= 28 * DAY_MS) return month.format(time);
  const isMidnight = time.getHours() + time.getMinutes() + time.getSeconds() === 0;
  if (distanceMs >= DAY_MS || isMidnight) return day.format(time);
  return distanceMs < 60_000 ? seconds.format(time) : clock.format(time);
}

/** From when to when, short: 21 Nov, 14:00–15:00. */
export function stepWords(startMs: number, endMs: number): string {
  const [start, end] = [new Date(startMs), new Date(endMs)];
  const lengthMs = endMs - startMs;
  if (lengthMs >= DAY_MS && start.getHours() === 0 && start.getMinutes() === 0) {
    return lengthMs === DAY_MS ? day.format(start) : `${day.format(start)}–${day.format(new Date(endMs - 1))}`;
  }
  const time = lengthMs < 60_000 ? seconds : clock;
  const isOneDay = start.toDateString() === new Date(endMs - 1).toDateString();
  return `${day.format(start)}, ${time.format(start)}–${isOneDay ? "" : `${day.format(end)}, `}${time.format(end)}`;
}
