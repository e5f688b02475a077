import { type PointerEvent, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { count } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { text } from "@/text";
import { durationText } from "../outline/OutlineRow";
import { ROW_PX, useScrollTie } from "../rowScroll";
import { useScene } from "../scene";
import { BarTip } from "./BarTip";
import { barsOf, breaksOf, ticksOf } from "./layout";
import { paint, prepared } from "./paint";
import { usePalette } from "./palette";
import type { View } from "./scale";
import type { Timeline } from "./useTimeline";
import { useWheel } from "./useWheel";

const CLICK_PX = 4;

interface Drag {
  readonly fromPx: number;
  readonly toPx: number;
}

export interface Pointed {
  readonly span: number;
  readonly xPx: number;
  readonly yPx: number;
}

/** The bars beside the rows of the outline. A click chooses a span, a drag shows that part of the time. */
export function Bars({ timeline, widthPx }: { timeline: Timeline; widthPx: number }) {
  const { rows, structure, select, scroll, nowNs } = useScene();
  const { view, setPart, scale } = timeline;
  const scroller = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const canvas = useBarCanvas(timeline, widthPx, pointed?.span ?? null, scroller);
  useWheel(scroller, timeline, widthPx);
  const spanAt = (event: PointerEvent) => {
    const y = event.clientY - (scroller.current?.getBoundingClientRect().top ?? 0) + scroll.topPx;
    return rows.spans[Math.floor(y / ROW_PX)];
  };
  const xOf = (event: PointerEvent) => event.clientX - (scroller.current?.getBoundingClientRect().left ?? 0);
  const move = (event: PointerEvent) => {
    if (drag !== null) return setDrag({ ...drag, toPx: xOf(event) });
    const span = spanAt(event);
    setPointed(span === undefined ? null : { span, xPx: event.clientX, yPx: event.clientY });
  };
  const release = (event: PointerEvent) => {
    setDrag(null);
    if (drag === null) return;
    const [from, to] = [Math.min(drag.fromPx, drag.toPx), Math.max(drag.fromPx, drag.toPx)];
    if (to - from >= CLICK_PX) return setPart(partOf(view, from / widthPx, to / widthPx));
    const span = spanAt(event);
    if (span !== undefined) select(span);
  };
  return (
    <div
      ref={scroller}
      role="img"
      aria-label={text.trace.timelineLabel(count(structure.count))}
      className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
      onPointerDown={(event) => {
        if (event.button !== 0 || xOf(event) >= widthPx) return; // the bar that scrolls
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ fromPx: xOf(event), toPx: xOf(event) });
        setPointed(null);
      }}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={() => setDrag(null)}
      onPointerLeave={() => setPointed(null)}
    >
      <div style={{ height: rows.spans.length * ROW_PX }}>
        <canvas ref={canvas} className="sticky top-0 block" />
      </div>
      {drag && Math.abs(drag.toPx - drag.fromPx) >= CLICK_PX && <DragMark drag={drag} />}
      {pointed && <BarTip pointed={pointed} timeline={timeline} nowNs={nowNs} zeroNs={scale.firstNs} />}
    </div>
  );
}

function partOf(view: View, from: number, to: number): View {
  const length = view.to - view.from;
  return { from: view.from + from * length, to: view.from + to * length };
}

function DragMark({ drag }: { drag: Drag }) {
  const { scroll } = useScene();
  return (
    <div
      className="pointer-events-none absolute border-accent border-x bg-accent-soft opacity-50"
      style={{
        left: Math.min(drag.fromPx, drag.toPx),
        width: Math.abs(drag.toPx - drag.fromPx),
        top: scroll.topPx,
        height: scroll.heightPx,
      }}
    />
  );
}

/** Draws what is in sight, at most once a frame. */
function useBarCanvas(
  { scale, view, critical, lastNs }: Timeline,
  widthPx: number,
  hovered: number | null,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  const { structure, rows, scroll, selected, found, nowNs } = useScene();
  const palette = usePalette(structure.types);
  const canvas = useRef<HTMLCanvasElement>(null);
  const frame = useRef(0);
  const draw = () => {
    frame.current = 0;
    const heightPx = Math.max(0, Math.min(scroll.heightPx, rows.spans.length * ROW_PX));
    if (canvas.current === null || widthPx === 0) return;
    canvas.current.style.width = `${widthPx}px`;
    canvas.current.style.height = `${heightPx}px`;
    const context = prepared(canvas.current, widthPx, heightPx);
    if (context === null) return;
    const range = [Math.floor(scroll.topPx / ROW_PX), Math.ceil((scroll.topPx + heightPx) / ROW_PX)] as const;
    paint(context, {
      ...{ structure, scale, view, palette, widthPx, heightPx, critical, selected, hovered },
      isFound: found.isFound,
      rowPx: ROW_PX,
      offsetPx: -scroll.topPx,
      bars: barsOf(structure, rows.spans, range, scale, view, widthPx, lastNs),
      ticks: ticksOf(scale, view, widthPx),
      breaks: breaksOf(scale, view, widthPx),
      labelOf: (span) => `${shownText(structure.names[span] as string)} · ${durationText(structure, span, nowNs)}`,
    });
  };
  const latest = useRef(draw);
  latest.current = draw;
  const soon = useCallback(() => {
    if (frame.current === 0) frame.current = requestAnimationFrame(() => latest.current());
  }, []);
  useScrollTie(scroll, scroller, soon);
  useLayoutEffect(() => {
    if (scroller.current) scroller.current.scrollTop = scroll.topPx;
  }, [scroll, scroller]);
  useEffect(soon);
  useEffect(
    () => () => {
      cancelAnimationFrame(frame.current);
      frame.current = 0;
    },
    [],
  );
  return canvas;
}
