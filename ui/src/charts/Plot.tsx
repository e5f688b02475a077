/** The canvas of a chart in time. It is a module of its own, so that uPlot is loaded when a chart is shown. */
import "uplot/dist/uPlot.min.css";
import "./plot.css";
import { type RefObject, useEffect, useRef } from "react";
import UPlot from "uplot";
import { shownColour, useThemeChanges } from "./colours";
import { BOTTOM_PX, LEFT_PX, RIGHT_PX, TOP_PX } from "./room";
import {
  areWhole,
  drawingOrder,
  drawnTime,
  drawnValues,
  lengthOfSteps,
  seriesAt,
  type TimeSeries,
  tick,
} from "./series";

const DRAG_PX = 4;
/** So that the tallest bar does not end at the edge. */
const HEADROOM = 1.06;

export interface PlotControl {
  /** Put the cursor on a step, and choose what lies between it and another; null takes them away. */
  show(step: number | null, chosen?: [number, number] | null): void;
}

interface PlotProps {
  xMs: readonly number[];
  series: readonly TimeSeries[];
  heightPx: number;
  startMs: number;
  endMs: number;
  /** Charts with the same name show the cursor at the same time. */
  cursorName?: string;
  control: RefObject<PlotControl | null>;
  onCursor: (step: number | null) => void;
  onClick: (step: number, seriesIndex: number | null) => void;
  onDrag: (first: number, last: number, withShift: boolean) => void;
}

export default function Plot(props: PlotProps) {
  const { xMs, series, heightPx, startMs, endMs, cursorName, control } = props;
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const shown = useRef<UPlot | null>(null);
  const theme = useThemeChanges();
  const shape = JSON.stringify(series.map(({ label, hue, kind, isDashed }) => [label, hue, kind, isDashed]));

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew for another shape or theme; the rest is read from `latest`
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const plot = new UPlot(optionsOf(latest, element, heightPx), dataOf(latest.current), element);
    shown.current = plot;
    control.current = controlOf(plot, latest);
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      control.current = null;
      shown.current = null;
      plot.destroy();
    };
  }, [shape, theme, heightPx, cursorName, control]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what is drawn
  useEffect(() => {
    shown.current?.setData(dataOf(latest.current));
  }, [xMs, series, startMs, endMs]);

  return <div ref={place} style={{ height: heightPx }} className="overflow-hidden" />;
}

type Latest = RefObject<PlotProps>;

/** Values stand in the middle of their step. */
function dataOf(props: PlotProps): UPlot.AlignedData {
  const { xMs, series } = props;
  const half = lengthOfSteps(props) / 2;
  const drawn = drawnValues(series);
  return [xMs.map((x) => x + half), ...drawingOrder(series).map((index) => drawn[index] ?? [])];
}

function middleOf(plot: UPlot, step: number): number {
  return plot.valToPos(plot.data[0][step] ?? 0, "x");
}

function controlOf(plot: UPlot, latest: Latest): PlotControl {
  const none = { left: 0, top: 0, width: 0, height: 0 };
  return {
    show(step, chosen = null) {
      const at = step === null ? { left: -10, top: -10 } : { left: middleOf(plot, step), top: 1 };
      plot.setCursor(at);
      publish(plot, latest.current.cursorName, at, step);
      if (chosen === null) return plot.setSelect(none, false);
      const { xMs, startMs, endMs } = latest.current;
      const lengthMs = lengthOfSteps(latest.current);
      const left = plot.valToPos(xMs[Math.min(...chosen)] ?? startMs, "x");
      const right = plot.valToPos((xMs[Math.max(...chosen)] ?? endMs) + lengthMs, "x");
      plot.setSelect({ left, top: 0, width: right - left, height: plot.over.clientHeight }, false);
    },
  };
}

/** Take the cursor of the other charts along, which uPlot does for the pointer alone. */
function publish(plot: UPlot, name: string | undefined, at: { left: number; top: number }, step: number | null): void {
  if (name === undefined) return;
  const { clientWidth, clientHeight } = plot.over;
  UPlot.sync(name).pub("mousemove", plot, at.left, at.top, clientWidth, clientHeight, step ?? -1);
}

function optionsOf(latest: Latest, element: HTMLElement, height: number): UPlot.Options {
  const { series, cursorName } = latest.current;
  const colour = (css: string) => shownColour(element, css);
  const [line, faint] = [colour("var(--line)"), colour("var(--text-faint)")];
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: faint, font, ticks: { show: false } };
  return {
    ms: 1,
    width: element.clientWidth,
    height,
    padding: [TOP_PX, RIGHT_PX, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: true, range: () => drawnTime(latest.current) },
      y: { range: (_, __, most) => [0, (most || 1) * HEADROOM] },
    },
    axes: [
      {
        ...axis,
        size: BOTTOM_PX,
        gap: 4,
        grid: { show: false },
        values: (_plot, ticks, _axis, _space, distanceMs) => ticks.map((at) => tick(at, distanceMs)),
      },
      {
        ...axis,
        size: LEFT_PX,
        gap: 6,
        space: 26,
        grid: { stroke: line, width: 1 },
        values: (_plot, ticks) => ticks.map((at) => latest.current.series[0]?.format(at) ?? String(at)),
        incrs: () => (areWhole(latest.current.series) ? WHOLE_STEPS : STEPS),
      },
    ],
    series: [{}, ...drawingOrder(series).map((index) => drawnAs(series[index], colour))],
    cursor: {
      y: false,
      points: { size: (_plot, index) => (kindOf(latest, index) === "line" ? 6 : 0) },
      drag: { x: true, y: false, setScale: false, dist: DRAG_PX },
      ...(cursorName ? { sync: syncOf(cursorName) } : {}),
    },
    hooks: hooksOf(latest),
  };
}

const powers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index)).flatMap((power) =>
    [1, 2, 5].map((digit) => Number((digit * power).toPrecision(1))),
  );
const WHOLE_STEPS = powers(0, 15);
const STEPS = powers(-9, 15);

function kindOf(latest: Latest, drawn: number) {
  const { series } = latest.current;
  return series[drawingOrder(series)[drawn - 1] ?? -1]?.kind;
}

/** Charts follow each other's cursor, not each other's dragging. */
function syncOf(key: string): UPlot.Cursor.Sync {
  const isMove = (type: string) => type === "mousemove" || type === "mouseleave";
  return { key, setSeries: false, scales: ["x", null], filters: { pub: isMove, sub: isMove } };
}

function drawnAs(series: TimeSeries | undefined, colour: (css: string) => string): UPlot.Series {
  if (series === undefined) return {};
  const hue = colour(series.hue);
  if (series.kind === "line") {
    return {
      stroke: hue,
      width: 1.5,
      ...(series.isDashed ? { dash: [4, 4] } : {}),
      points: { show: true, size: 4, stroke: hue, fill: hue, filter: alonePoints },
    };
  }
  const bars = UPlot.paths.bars?.({ size: [1, Number.POSITIVE_INFINITY], gap: 1 });
  return { fill: hue, stroke: hue, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
}

/** Points with a gap on both sides, which no line shows. */
const alonePoints: UPlot.Series.Points.Filter = (plot, index) => {
  const values = plot.data[index] ?? [];
  const alone: number[] = [];
  for (let at = 0; at < values.length; at++) {
    if (values[at] != null && values[at - 1] == null && values[at + 1] == null) alone.push(at);
  }
  return alone;
};

function hooksOf(latest: Latest): UPlot.Hooks.Arrays {
  let step: number | null = null;
  return {
    ready: [(plot) => listen(plot, latest)],
    setCursor: [
      (plot) => {
        const now = (plot.cursor.left ?? -1) < 0 ? null : (plot.cursor.idx ?? null);
        if (now === step) return;
        step = now;
        latest.current.onCursor(now);
      },
    ],
  };
}

/** Clicks and dragging. uPlot swallows the click that ends a drag. */
function listen(plot: UPlot, latest: Latest): void {
  let from: { left: number; withShift: boolean } | null = null;
  plot.over.addEventListener("mousedown", (event) => {
    from = event.button === 0 ? { left: event.offsetX, withShift: event.shiftKey } : null;
  });
  plot.hooks.setSelect = [
    () => {
      const { left, width } = plot.select;
      if (from === null || width < DRAG_PX) return;
      const { withShift } = from;
      from = null;
      plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      latest.current.onDrag(plot.posToIdx(left), plot.posToIdx(left + width), withShift);
    },
  ];
  plot.over.addEventListener("click", () => {
    const { idx, top } = plot.cursor;
    if (idx == null) return;
    latest.current.onClick(idx, seriesAt(latest.current.series, idx, plot.posToVal(top ?? 0, "y")));
  });
}
