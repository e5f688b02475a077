import { SpanTypeIcon, spanTypeName } from "@/components/SpanType";
import { Status } from "@/components/Status";
import { duration } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { CopyButton } from "@/payload/CopyButton";
import { shownText } from "@/payload/shownText";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { CostPopover } from "./CostPopover";
import type { Span } from "./queries";
import { TokenFacts } from "./TokenFacts";

interface SpanHeadProps {
  span: Span;
  experimentId: string;
}

/** What a span is, when it was and how it went. */
export function SpanHead({ span, experimentId }: SpanHeadProps) {
  const { loaded, structure } = useScene();
  const afterNs = span.start_ns - loaded.startUnixNs - structure.firstNs;
  const durationMs = span.end_ns === null ? null : (span.end_ns - span.start_ns) / 1e6;
  const made = [span.provider, span.model].filter(Boolean).join(" · ");
  return (
    <header className="shrink-0 space-y-1 border-line border-b px-3 py-2">
      <div className="flex items-center gap-1.5">
        <SpanTypeIcon type={span.type} size={16} />
        <h2 className="min-w-0 break-words font-semibold">{shownText(span.name)}</h2>
        <span className="shrink-0 text-faint text-sm">{spanTypeName(span.type)}</span>
        <CopyButton text={() => span.span_id} label={words.inspector.copySpanId} className="ml-auto" />
      </div>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5 text-muted text-sm">
        {span.end_ns === null ? (
          <Status state="IN_PROGRESS" withText />
        ) : (
          span.status !== "UNSET" && <Status state={span.status} withText />
        )}
        {durationMs !== null && <span title={words.inspector.duration}>{duration(durationMs)}</span>}
        <span title={words.inspector.sinceStart}>{words.inspector.after(duration(afterNs / 1e6))}</span>
        {made !== "" && <span className="min-w-0 break-all">{shownText(made)}</span>}
        <TokenFacts usage={span.usage} />
        {(span.usage !== null || span.cost !== null) && <CostPopover span={span} experimentId={experimentId} />}
      </div>
      <time className="block text-faint text-xs">{fullMoment(span.start_ns / 1e6)}</time>
    </header>
  );
}
