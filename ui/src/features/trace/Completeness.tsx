/** How much of the trace is here, and whether more comes. */
import { LoaderCircle, TriangleAlert } from "lucide-react";
import { count, duration } from "@/format/numbers";
import { text } from "@/text";
import { useScene } from "./scene";

export function Completeness() {
  const { loaded, structure, trace, nowMs, view, loading } = useScene();
  const { totalSpans, isLoading, problem } = loaded;
  const isPartial = totalSpans !== null && structure.count < totalSpans;
  const isUnknownSpan = view.span !== undefined && !isLoading && structure.placeOf(view.span) === undefined;
  const parts = [
    isPartial
      ? text.trace.loadedOf(count(structure.count), text.count.spans(totalSpans))
      : text.count.spans(structure.count),
    structure.missingParents > 0 && text.trace.missingParents(structure.missingParents),
    trace.state === "IN_PROGRESS" &&
      text.trace.stillReceiving(duration(Math.max(0, nowMs - trace.request_time_ms)), structure.running),
    isUnknownSpan && text.trace.unknownSpan,
  ].filter((part) => part !== false);
  const isBusy = isPartial && isLoading;
  return (
    <div role="status" className="flex min-w-0 items-center gap-2 text-muted text-sm" data-completeness>
      {isBusy && <LoaderCircle size={13} className="shrink-0 animate-spin" aria-hidden />}
      <span className="truncate">{parts.join(" · ")}</span>
      {problem !== null && (
        <span className="inline-flex items-center gap-1.5 text-error" title={String(problem)}>
          <TriangleAlert size={13} aria-hidden />
          {text.trace.windowFailed}
          <button type="button" className="link" onClick={() => void loading.start()}>
            {text.app.retry}
          </button>
        </span>
      )}
    </div>
  );
}
