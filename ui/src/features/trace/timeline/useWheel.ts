import { type RefObject, useEffect, useRef } from "react";
import { panned, zoomed } from "./scale";
import type { Timeline } from "./useTimeline";

/** With Ctrl or ⌘ held, or two fingers pinched, the wheel zooms where the pointer is; sideways it pans. */
export function useWheel(element: RefObject<HTMLElement | null>, timeline: Timeline, widthPx: number): void {
  const latest = useRef({ timeline, widthPx });
  latest.current = { timeline, widthPx };
  useEffect(() => {
    const turned = element.current;
    const onWheel = (event: WheelEvent) => {
      const { timeline, widthPx } = latest.current;
      const { scale, view, setPart } = timeline;
      const sideways = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) {
        const left = turned?.getBoundingClientRect().left ?? 0;
        setPart(zoomed(scale, view, Math.exp(event.deltaY * 0.002), (event.clientX - left) / widthPx));
      } else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
        setPart(panned(scale, view, sideways / widthPx));
      } else return;
      event.preventDefault();
    };
    turned?.addEventListener("wheel", onWheel, { passive: false });
    return () => turned?.removeEventListener("wheel", onWheel);
  }, [element]);
}
