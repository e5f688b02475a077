/** The waterfall: a bar for each row of the outline, and the whole trace small above it. */
import { useRef } from "react";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { HEAD_PX } from "../rowScroll";
import { Axis } from "./Axis";
import { Bars } from "./Bars";
import { Minimap } from "./Minimap";
import { panned, whole, zoomed } from "./scale";
import { TimelineTools } from "./TimelineTools";
import { useSize } from "./useSize";
import { useTimeline } from "./useTimeline";

const ZOOM_STEP = 0.7;
const PAN_STEP = 0.25;

export function TimelineView() {
  const timeline = useTimeline();
  const { scale, view, setPart } = timeline;
  const frame = useRef<HTMLDivElement>(null);
  const [widthPx] = useSize(frame);
  useShortcut("zoomIn", () => setPart(zoomed(scale, view, ZOOM_STEP)));
  useShortcut("zoomOut", () => setPart(zoomed(scale, view, 1 / ZOOM_STEP)));
  useShortcut("panLeft", () => setPart(panned(scale, view, -PAN_STEP)));
  useShortcut("panRight", () => setPart(panned(scale, view, PAN_STEP)));
  useShortcut("fit", () => setPart(whole(scale)));
  return (
    <section aria-label={text.trace.tabs.timeline} className="flex h-full min-h-0 flex-col">
      <div style={{ height: HEAD_PX }} className="shrink-0 border-line border-b">
        <TimelineTools timeline={timeline} />
        <div ref={frame}>
          <Minimap timeline={timeline} widthPx={widthPx} />
          <Axis timeline={timeline} widthPx={widthPx} />
        </div>
      </div>
      <Bars timeline={timeline} widthPx={widthPx} />
    </section>
  );
}
