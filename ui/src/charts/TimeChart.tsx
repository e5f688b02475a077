/** A chart in time: read it with the pointer, the keys or a screen reader; drag to zoom, click for what a step counts. */
import { type KeyboardEvent, lazy, type RefObject, Suspense, useRef, useState } from "react";
import { text } from "@/text";
import { ChartLegend } from "./ChartLegend";
import { ChartTable } from "./ChartTable";
import { MarkerLines, type Span } from "./MarkerLines";
import type { PlotControl } from "./Plot";
import { drawnTime, type Marker, placedMarkers, stepWords, type TimeSeries, timeOfSteps } from "./series";

const Plot = lazy(() => import("./Plot"));

interface TimeChartProps {
  label: string;
  /** The starts of the steps, all of one length. */
  xMs: readonly number[];
  series: readonly TimeSeries[];
  /** Of the canvas; the line above it with the values is 20 px more. */
  heightPx: number;
  startMs: number;
  endMs: number;
  markers?: readonly Marker[];
  /** A part of the time that is marked as chosen. */
  chosen?: Span | null;
  /** Charts with the same name show the cursor at the same time. */
  cursorName?: string;
  onZoom?: (startMs: number, endMs: number) => void;
  /** Dragged with shift. */
  onChoose?: (startMs: number, endMs: number) => void;
  /** A click on a step, or ↵. */
  onPoint?: (startMs: number, endMs: number, seriesIndex: number) => void;
}

export function TimeChart(props: TimeChartProps) {
  const { label, xMs, series, heightPx, startMs, endMs, markers = [], chosen = null, cursorName } = props;
  const control = useRef<PlotControl | null>(null);
  const [step, setStep] = useState<number | null>(null);
  const drag = (first: number, last: number, withShift: boolean) => {
    const [from, to] = timeOfSteps(props, first, last);
    (withShift && props.onChoose ? props.onChoose : props.onZoom)?.(from, to);
  };
  const open = (at: number, seriesIndex: number | null) => {
    if (seriesIndex !== null) props.onPoint?.(...timeOfSteps(props, at), seriesIndex);
  };
  const keys = useChartKeys({ steps: xMs.length, series, control, step, onDrag: drag, onOpen: open });
  const time = drawnTime(props);
  const words = step === null ? "" : stepWords(...timeOfSteps(props, step));
  const values = series.map((one) => `${one.label} ${one.format(one.values[step ?? -1])}`).join(", ");
  return (
    <div className="relative min-w-0">
      <ChartLegend series={series} step={step} strongest={keys.chosenSeries} when={words} />
      <div
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={Math.max(0, xMs.length - 1)}
        aria-valuenow={step ?? 0}
        aria-valuetext={step === null ? text.charts.howTo : `${words}: ${values}`}
        onKeyDown={keys.onKeyDown}
        onFocus={keys.onFocus}
        onBlur={keys.onBlur}
        style={{ height: heightPx }}
        className="relative"
      >
        <Suspense fallback={<div className="h-full animate-pulse rounded bg-bg-hover opacity-60" />}>
          <Plot
            {...{ xMs, series, heightPx, startMs, endMs, cursorName, control }}
            onCursor={setStep}
            onClick={open}
            onDrag={drag}
          />
        </Suspense>
        <MarkerLines markers={placedMarkers(markers, ...time)} chosen={chosen} time={time} />
      </div>
      <ChartTable {...{ label, xMs, series, startMs, endMs }} />
    </div>
  );
}

interface ChartKeys {
  steps: number;
  series: readonly TimeSeries[];
  control: RefObject<PlotControl | null>;
  step: number | null;
  onDrag: (first: number, last: number, withShift: boolean) => void;
  onOpen: (step: number, seriesIndex: number | null) => void;
}

/** ← → walk the steps, with shift they choose from here on; ↑ ↓ choose the series; ↵ opens the step or zooms. */
function useChartKeys({ steps, series, control, step, onDrag, onOpen }: ChartKeys) {
  const [from, setFrom] = useState<number | null>(null);
  const [chosenSeries, setSeries] = useState<number | null>(null);
  const at = step ?? steps - 1;
  const show = (next: number, anchor: number | null) => {
    setFrom(anchor);
    control.current?.show(next, anchor === null ? null : [anchor, next]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (steps === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps - 1 }[event.key];
    const isUp = event.key === "ArrowUp";
    if (target !== undefined) {
      show(Math.min(steps - 1, Math.max(0, target)), event.shiftKey ? (from ?? at) : null);
    } else if (isUp || event.key === "ArrowDown") {
      setSeries(((chosenSeries ?? (isUp ? -1 : 0)) + (isUp ? 1 : -1) + series.length) % series.length);
    } else if (event.key === "Enter") {
      if (from !== null) onDrag(from, at, event.shiftKey);
      else onOpen(at, chosenSeries ?? firstWithValue(series, at));
      if (from !== null) show(at, null);
    } else if (event.key === "Escape" && from !== null) {
      show(at, null);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return {
    chosenSeries,
    onKeyDown,
    onFocus: () => {
      if (step === null && steps > 0) show(steps - 1, null);
    },
    onBlur: () => {
      setFrom(null);
      setSeries(null);
      control.current?.show(null);
    },
  };
}

function firstWithValue(series: readonly TimeSeries[], step: number): number | null {
  const found = series.findIndex(({ values }) => (values[step] ?? 0) > 0);
  return found < 0 ? null : found;
}
