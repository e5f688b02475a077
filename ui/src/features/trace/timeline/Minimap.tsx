import { type PointerEvent, useEffect, useMemo, useRef, useState } from "react";
import { text } from "@/text";
import { useScene } from "../scene";
import { overviewOf } from "./layout";
import { paintOverview, prepared } from "./paint";
import { usePalette } from "./palette";
import { type View, whole, within } from "./scale";
import type { Timeline } from "./useTimeline";

const HEIGHT_PX = 36;
const CLICK_PX = 4;

/** The whole trace small, with the shown part marked; a drag shows another part. */
export function Minimap({ timeline, widthPx }: { timeline: Timeline; widthPx: number }) {
  const { scale, view, setPart, lastNs } = timeline;
  const { structure } = useScene();
  const palette = usePalette(structure.types);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [drag, setDrag] = useState<View | null>(null);
  const overview = useMemo(
    () => (widthPx === 0 ? null : overviewOf(structure, scale, Math.ceil(widthPx / 2), HEIGHT_PX, lastNs)),
    [structure, scale, widthPx, lastNs],
  );
  useEffect(() => {
    const context = canvas.current && prepared(canvas.current, widthPx, HEIGHT_PX);
    if (context && overview) paintOverview(context, overview, palette, [widthPx, HEIGHT_PX]);
  }, [overview, palette, widthPx]);
  const placeAt = (event: PointerEvent) => {
    const share = (event.clientX - event.currentTarget.getBoundingClientRect().left) / widthPx;
    return Math.min(Math.max(share, 0), 1) * scale.length;
  };
  const finish = () => {
    setDrag(null);
    if (drag === null) return;
    const [from, to] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    if (((to - from) / scale.length) * widthPx >= CLICK_PX) return setPart(within(scale, { from, to }));
    const half = (view.to - view.from) / 2;
    setPart(within(scale, { from: from - half, to: from + half }));
  };
  const left = (view.from / scale.length) * widthPx;
  const right = (view.to / scale.length) * widthPx;
  return (
    <div
      role="img"
      aria-label={text.trace.overview}
      className="relative touch-none overflow-hidden bg-bg-sunken"
      style={{ height: HEIGHT_PX }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: placeAt(event), to: placeAt(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: placeAt(event) })}
      onPointerUp={finish}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={() => setPart(whole(scale))}
    >
      <canvas ref={canvas} style={{ width: widthPx, height: HEIGHT_PX }} />
      <Shade from={0} to={left} />
      <Shade from={right} to={widthPx} />
      {drag && <Mark drag={drag} perPlace={widthPx / scale.length} />}
    </div>
  );
}

function Shade({ from, to }: { from: number; to: number }) {
  return (
    <div
      className="pointer-events-none absolute top-0 h-full border-accent bg-bg-hover opacity-70"
      style={{ left: from, width: Math.max(0, to - from) }}
    />
  );
}

function Mark({ drag, perPlace }: { drag: View; perPlace: number }) {
  const [from, to] = [Math.min(drag.from, drag.to) * perPlace, Math.max(drag.from, drag.to) * perPlace];
  return (
    <div
      className="pointer-events-none absolute top-0 h-full border-accent border-x bg-accent-soft opacity-60"
      style={{ left: from, width: to - from }}
    />
  );
}
