import { SpanTypeIcon, spanTypeName } from "@/components/SpanType";
import { duration, shortCount, usd } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { text } from "@/text";
import { durationText } from "../outline/OutlineRow";
import { useScene } from "../scene";
import { ERROR } from "../structure/spans";
import { typeOf } from "../structure/structure";
import type { Pointed } from "./Bars";
import type { Timeline } from "./useTimeline";

const WIDTH_PX = 300;

/** What the bar under the pointer is. */
export function BarTip({
  pointed,
  timeline,
  nowNs,
  zeroNs,
}: {
  pointed: Pointed;
  timeline: Timeline;
  nowNs: number;
  zeroNs: number;
}) {
  const { structure } = useScene();
  const { span } = pointed;
  const critical = timeline.critical.get(span)?.reduce((sum, one) => sum + one.toNs - one.fromNs, 0) ?? 0;
  const tokens = structure.tokens[span] as number;
  const cost = structure.costUsd[span] as number;
  const facts: [string, string | null][] = [
    [text.trace.start, duration(((structure.startNs[span] as number) - zeroNs) / 1e6)],
    [text.trace.duration, durationText(structure, span, nowNs)],
    [text.trace.criticalPath, critical > 0 ? duration(critical / 1e6) : null],
    [text.trace.model, structure.models[span] ?? null],
    [text.trace.tokens, Number.isNaN(tokens) ? null : shortCount(tokens)],
    [text.trace.cost, Number.isNaN(cost) ? null : usd(cost)],
    [text.trace.status, structure.status[span] === ERROR ? text.state.ERROR : null],
  ];
  return (
    <div
      role="tooltip"
      className="pointer-events-none fixed z-40 rounded-md border border-line-strong bg-bg-raised px-3 py-2 text-sm shadow-raised"
      style={{
        width: WIDTH_PX,
        left: Math.min(pointed.xPx + 14, innerWidth - WIDTH_PX - 8),
        ...(pointed.yPx > innerHeight - 220 ? { bottom: innerHeight - pointed.yPx + 14 } : { top: pointed.yPx + 14 }),
      }}
    >
      <div className="mb-1 flex items-center gap-1.5 font-medium">
        <SpanTypeIcon type={typeOf(structure, span)} />
        <span className="min-w-0 truncate">{shownText(structure.names[span] as string)}</span>
        <span className="ml-auto shrink-0 font-normal text-faint">{spanTypeName(typeOf(structure, span))}</span>
      </div>
      {facts.map(
        ([name, value]) =>
          value !== null && (
            <div key={name} className="flex justify-between gap-4">
              <span className="text-muted">{name}</span>
              <span className={`truncate ${name === text.trace.status ? "text-error" : ""}`}>{value}</span>
            </div>
          ),
      )}
    </div>
  );
}
