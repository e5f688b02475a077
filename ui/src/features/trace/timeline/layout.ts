/** What a timeline draws: bars, ticks, breaks. In pixels, and without a canvas. */
import type { Stretch } from "../structure/criticalPath";
import { ERROR } from "../structure/spans";
import { endNs, type Structure } from "../structure/structure";
import { placeOf, type Scale, type View } from "./scale";

export interface Bar {
  readonly span: number;
  readonly row: number;
  readonly x: number;
  readonly width: number;
  readonly isRunning: boolean;
}

const MIN_BAR_PX = 2;

/** The pixel of a place. */
export function pixelOf(view: View, widthPx: number, place: number): number {
  return ((place - view.from) / (view.to - view.from)) * widthPx;
}

/** Lay out the bars of some rows. One that begins before the view or ends after it reaches just over the edge. */
export function barsOf(
  structure: Structure,
  rows: Int32Array,
  [firstRow, endRow]: readonly [number, number],
  scale: Scale,
  view: View,
  widthPx: number,
  nowNs: number,
): Bar[] {
  const bars: Bar[] = [];
  for (let row = Math.max(firstRow, 0); row < Math.min(endRow, rows.length); row++) {
    const span = rows[row] as number;
    const isRunning = Number.isNaN(structure.durationNs[span]);
    const start = pixelOf(view, widthPx, placeOf(scale, structure.startNs[span] as number));
    const end = isRunning ? widthPx + 1 : pixelOf(view, widthPx, placeOf(scale, endNs(structure, span, nowNs)));
    const [x, edge] = [Math.max(start, -1), Math.min(Math.max(end, start + MIN_BAR_PX), widthPx + 1)];
    if (x < widthPx && edge > 0) bars.push({ span, row, x, width: edge - x, isRunning });
    else bars.push({ span, row, x: start < 0 ? -1 : widthPx + 1, width: 0, isRunning });
  }
  return bars;
}

export interface Tick {
  readonly x: number;
  /** After the start of the trace. */
  readonly offsetNs: number;
}

const MS = 1e6;
const S = 1e9;
const STEPS_NS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].flatMap((step) => [step, step * 1e3, step * MS]),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400].map((s) => s * S),
].sort((a, b) => a - b);

/** The distance of ticks that stand at least `minPx` apart. */
export function tickStepNs(view: View, widthPx: number, minPx = 90): number {
  const wanted = ((view.to - view.from) / Math.max(widthPx, 1)) * minPx;
  return STEPS_NS.find((step) => step >= wanted) ?? Math.ceil(wanted / (86_400 * S)) * 86_400 * S;
}

/** Lay out the ticks at round times outside of breaks. */
export function ticksOf(scale: Scale, view: View, widthPx: number): Tick[] {
  const step = tickStepNs(view, widthPx);
  const ticks: Tick[] = [];
  for (const piece of scale.pieces) {
    if (piece.isBreak || piece.to < view.from || piece.from > view.to) continue;
    const shownFrom = piece.fromNs - scale.firstNs + Math.max(view.from - piece.from, 0);
    const shownTo = Math.min(piece.toNs - scale.firstNs, shownFrom + (view.to - view.from));
    for (let tick = Math.ceil(shownFrom / step); tick * step <= shownTo; tick++) {
      const x = pixelOf(view, widthPx, placeOf(scale, scale.firstNs + tick * step));
      if (x >= 0 && x <= widthPx) ticks.push({ x, offsetNs: tick * step });
    }
  }
  return ticks;
}

const UNITS: [string, number][] = [
  ["h", 3600 * S],
  ["m", 60 * S],
  ["s", S],
  ["ms", MS],
  ["µs", 1e3],
  ["ns", 1],
];

/** A tick's time with as many digits as its distance to the next needs: 1.25 s, 3 m 20 s. */
export function tickLabel(offsetNs: number, stepNs: number): string {
  if (offsetNs === 0) return "0";
  if (offsetNs >= 60 * S && stepNs >= S) {
    const seconds = Math.round(offsetNs / S);
    const parts: [number, string][] = [
      [Math.floor(seconds / 3600), "h"],
      [Math.floor(seconds / 60) % 60, "m"],
      [seconds % 60, "s"],
    ];
    return parts
      .filter(([value]) => value > 0)
      .map(([value, unit]) => `${value} ${unit}`)
      .join(" ");
  }
  const [unit, unitNs] = UNITS.find(([, size]) => size <= S && offsetNs >= size) ?? ["ns", 1];
  const digits = Math.max(0, Math.ceil(Math.log10(unitNs / stepNs) - 1e-9));
  return `${(offsetNs / unitNs).toFixed(digits)} ${unit}`;
}

export interface Break {
  readonly x: number;
  readonly width: number;
  readonly lengthNs: number;
}

export function breaksOf(scale: Scale, view: View, widthPx: number): Break[] {
  return scale.pieces
    .filter((piece) => piece.isBreak && piece.to > view.from && piece.from < view.to)
    .map((piece) => {
      const x = pixelOf(view, widthPx, piece.from);
      return { x, width: pixelOf(view, widthPx, piece.to) - x, lengthNs: piece.toNs - piece.fromNs };
    });
}

/** The stretches of the critical path of each span. */
export function bySpan(path: readonly Stretch[]): ReadonlyMap<number, readonly Stretch[]> {
  const stretches = new Map<number, Stretch[]>();
  for (const stretch of path) {
    const known = stretches.get(stretch.span);
    if (known) known.push(stretch);
    else stretches.set(stretch.span, [stretch]);
  }
  return stretches;
}

export interface Overview {
  readonly columns: number;
  readonly lanes: number;
  /** By lane and column: a type's place and one; 0 where nothing runs. */
  readonly cells: Uint16Array;
  readonly errorColumns: Uint8Array;
}

/** Draw the whole trace small: spans in the order of the outline from top to bottom, what is deeper over what holds it. */
export function overviewOf(
  structure: Structure,
  scale: Scale,
  columns: number,
  lanes: number,
  nowNs: number,
): Overview {
  const cells = new Uint16Array(columns * lanes);
  const errorColumns = new Uint8Array(columns);
  const used = Math.min(lanes, structure.count);
  const column = (ns: number) => Math.min(Math.floor((placeOf(scale, ns) / scale.length) * columns), columns - 1);
  for (let at = 0; at < structure.count; at++) {
    const span = structure.order[at] as number;
    const lane = Math.floor((at * used) / structure.count);
    const [from, to] = [column(structure.startNs[span] as number), column(endNs(structure, span, nowNs))];
    cells.fill((structure.type[span] as number) + 1, lane * columns + from, lane * columns + to + 1);
    if (structure.status[span] === ERROR) errorColumns[from] = 1;
  }
  return { columns, lanes: used, cells, errorColumns };
}
