/** Draws a timeline on a canvas. */
import type { Stretch } from "../structure/criticalPath";
import { ERROR } from "../structure/spans";
import type { Structure } from "../structure/structure";
import { type Bar, type Break, type Overview, pixelOf, type Tick } from "./layout";
import type { Palette } from "./palette";
import { placeOf, type Scale, type View } from "./scale";

interface Picture {
  readonly structure: Structure;
  readonly scale: Scale;
  readonly view: View;
  readonly palette: Palette;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rowPx: number;
  /** The pixel of the first row's upper edge. */
  readonly offsetPx: number;
  readonly bars: readonly Bar[];
  readonly ticks: readonly Tick[];
  readonly breaks: readonly Break[];
  readonly critical: ReadonlyMap<number, readonly Stretch[]>;
  readonly selected: number | null;
  readonly hovered: number | null;
  readonly isFound: Uint8Array | null;
  readonly labelOf: (span: number) => string;
}

type Context = CanvasRenderingContext2D;
const BAR_PX = 14;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** Make a canvas as fine as the screen, and give what draws on it in pixels of the page. */
export function prepared(canvas: HTMLCanvasElement, widthPx: number, heightPx: number): Context | null {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  context?.clearRect(0, 0, widthPx, heightPx);
  return context;
}

export function paint(context: Context, picture: Picture): void {
  paintGround(context, picture);
  context.font = FONT;
  context.textBaseline = "middle";
  for (const bar of picture.bars) paintBar(context, picture, bar);
}

function paintGround(context: Context, { palette, ticks, breaks, heightPx }: Picture): void {
  context.fillStyle = palette.role["--line"];
  context.globalAlpha = 0.6;
  for (const tick of ticks) context.fillRect(Math.round(tick.x), 0, 1, heightPx);
  for (const gap of breaks) {
    for (let x = Math.ceil(gap.x / 4) * 4; x < gap.x + gap.width; x += 4) context.fillRect(x, 0, 1, heightPx);
  }
  context.globalAlpha = 1;
}

function paintBar(context: Context, picture: Picture, bar: Bar): void {
  const { palette, structure, rowPx, widthPx, selected, hovered, isFound } = picture;
  const top = picture.offsetPx + bar.row * rowPx;
  const y = top + (rowPx - BAR_PX) / 2;
  if (bar.span === selected || bar.span === hovered) {
    context.fillStyle = palette.role[bar.span === selected ? "--bg-selected" : "--bg-hover"];
    context.fillRect(0, top, widthPx, rowPx);
  }
  if (isFound?.[bar.span] === 1) {
    context.fillStyle = palette.role["--mark"];
    context.fillRect(0, top, 3, rowPx);
    context.globalAlpha = 0.35;
    context.fillRect(0, top, widthPx, rowPx);
    context.globalAlpha = 1;
  }
  if (bar.width === 0) {
    paintBeyond(context, picture, bar, y);
    return;
  }
  const hue = palette.hues[structure.type[bar.span] as number] ?? palette.role["--text-muted"];
  context.fillStyle = hue;
  context.globalAlpha = bar.isRunning ? 0.55 : 0.85;
  context.beginPath();
  context.roundRect(bar.x, y, bar.width, BAR_PX, bar.isRunning ? [3, 0, 0, 3] : 3);
  context.fill();
  context.globalAlpha = 1;
  if (bar.isRunning) paintOpenEnd(context, palette, Math.min(bar.x + bar.width, widthPx), y);
  if (structure.status[bar.span] === ERROR) {
    context.fillStyle = palette.role["--error"];
    context.fillRect(bar.x, y - 2, Math.max(bar.width, 3), 2);
  }
  paintCritical(context, picture, bar, y);
  paintLabel(context, picture, bar, y);
}

/** A bar outside of the view: an arrow at the edge behind which it lies. */
function paintBeyond(context: Context, { palette, widthPx }: Picture, bar: Bar, y: number): void {
  const [edge, tip] = bar.x < 0 ? [9, 3] : [widthPx - 9, widthPx - 3];
  context.fillStyle = palette.role["--text-faint"];
  context.beginPath();
  context.moveTo(tip, y + BAR_PX / 2);
  context.lineTo(edge, y + 3);
  context.lineTo(edge, y + BAR_PX - 3);
  context.fill();
}

function paintOpenEnd(context: Context, palette: Palette, right: number, y: number): void {
  context.fillStyle = palette.role["--bg"];
  for (let strip = 0; strip < 4; strip++) context.fillRect(right - 4 - strip * 6, y, 2, BAR_PX);
}

function paintCritical(context: Context, picture: Picture, bar: Bar, y: number): void {
  const { critical, palette, scale, view, widthPx } = picture;
  context.fillStyle = palette.role["--text"];
  for (const stretch of critical.get(bar.span) ?? []) {
    const from = Math.max(pixelOf(view, widthPx, placeOf(scale, stretch.fromNs)), bar.x);
    const to = Math.min(pixelOf(view, widthPx, placeOf(scale, stretch.toNs)), bar.x + bar.width);
    if (to >= from) context.fillRect(from, y + BAR_PX, Math.max(to - from, 1), 2);
  }
}

function paintLabel(context: Context, { palette, widthPx, labelOf }: Picture, bar: Bar, y: number): void {
  const label = labelOf(bar.span);
  const middle = y + BAR_PX / 2 + 0.5;
  const width = context.measureText(label).width;
  const right = bar.x + bar.width;
  context.fillStyle = palette.role["--text-muted"];
  if (right + 6 + width <= widthPx) {
    context.textAlign = "left";
    context.fillText(label, right + 6, middle);
  } else if (bar.x - 6 - width >= 0) {
    context.textAlign = "right";
    context.fillText(label, bar.x - 6, middle);
  } else if (width + 12 <= bar.width) {
    context.textAlign = "right";
    context.fillStyle = palette.role["--bg"];
    context.fillText(label, Math.min(right, widthPx) - 8, middle);
  }
}

export function paintOverview(
  context: Context,
  overview: Overview,
  palette: Palette,
  [widthPx, heightPx]: readonly [number, number],
): void {
  const { columns, lanes, cells, errorColumns } = overview;
  const [cellPx, lanePx] = [widthPx / columns, heightPx / Math.max(lanes, 1)];
  context.globalAlpha = 0.8;
  for (let lane = 0; lane < lanes; lane++) {
    for (let from = 0; from < columns; ) {
      const cell = cells[lane * columns + from] as number;
      let to = from + 1;
      while (to < columns && cells[lane * columns + to] === cell) to++;
      if (cell > 0) {
        context.fillStyle = palette.hues[cell - 1] ?? palette.role["--text-muted"];
        context.fillRect(
          from * cellPx,
          lane * lanePx,
          (to - from) * cellPx,
          Math.max(lanePx - (lanePx > 3 ? 1 : 0), 0.5),
        );
      }
      from = to;
    }
  }
  context.globalAlpha = 1;
  context.fillStyle = palette.role["--error"];
  errorColumns.forEach((isError, column) => {
    if (isError === 1) context.fillRect(column * cellPx, 0, Math.max(cellPx, 1), 3);
  });
}
