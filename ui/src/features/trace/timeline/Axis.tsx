import { duration } from "@/format/numbers";
import { text } from "@/text";
import { breaksOf, tickLabel, tickStepNs, ticksOf } from "./layout";
import type { Timeline } from "./useTimeline";

/** Half of what a break's label takes. */
const LABEL_PX = 38;

/** Times over the bars, after the start of the trace. */
export function Axis({ timeline: { scale, view }, widthPx }: { timeline: Timeline; widthPx: number }) {
  const step = tickStepNs(view, widthPx);
  const ticks = widthPx === 0 ? [] : ticksOf(scale, view, widthPx);
  const breaks = widthPx === 0 ? [] : breaksOf(scale, view, widthPx);
  return (
    <div className="relative h-6 overflow-hidden text-faint text-xs" data-axis>
      {ticks.map((tick) => (
        <span
          key={tick.offsetNs}
          className="absolute top-1 whitespace-nowrap border-line border-l pl-1"
          style={{ left: tick.x }}
        >
          {tickLabel(tick.offsetNs, step)}
        </span>
      ))}
      {breaks.map((gap) => (
        <span
          key={gap.x}
          title={text.trace.idle(duration(gap.lengthNs / 1e6))}
          className="absolute top-0.5 z-10 -translate-x-1/2 whitespace-nowrap rounded bg-bg-hover px-1 text-muted"
          style={{ left: Math.min(Math.max(gap.x + gap.width / 2, LABEL_PX), widthPx - LABEL_PX) }}
        >
          ⋯ {duration(gap.lengthNs / 1e6)}
        </span>
      ))}
    </div>
  );
}
