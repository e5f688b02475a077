/** What a trace is, and what one can do with it. */
import { Link } from "@tanstack/react-router";
import { ArrowLeft, ChevronDown, ChevronUp } from "lucide-react";
import { IconButton } from "@/components/Button";
import { Status } from "@/components/Status";
import { keyNames } from "@/keys/shortcuts";
import { shownText } from "@/payload/shownText";
import { text } from "@/text";
import { listOf, useScene } from "../scene";
import { Facts } from "./Facts";
import { TraceActions } from "./TraceActions";
import { useNeighbours } from "./useNeighbours";

export function TraceHeader() {
  const { trace, experimentId, view } = useScene();
  const name = shownText(trace.name ?? trace.trace_id);
  const neighbours = useNeighbours();
  return (
    <header className="shrink-0 border-line border-b px-3 pt-1.5 pb-1.5">
      <div className="flex min-h-7 items-center gap-1.5">
        <Link
          to="/experiments/$experimentId/traces"
          params={{ experimentId }}
          search={listOf(view)}
          aria-label={text.trace.backToList}
          title={`${text.trace.backToList} (Esc)`}
          className="inline-flex size-7 shrink-0 items-center justify-center rounded text-muted hover:bg-bg-hover hover:text-ink"
        >
          <ArrowLeft size={16} aria-hidden />
        </Link>
        <Status state={trace.state} />
        <h1 className="min-w-0 truncate font-semibold text-lg" title={name}>
          {name}
        </h1>
        <div className="ml-2 flex shrink-0">
          <IconButton
            label={`${text.shortcuts.names.previousTrace} (${keyNames("Shift+K").join("")})`}
            disabled={!neighbours.previous}
            onClick={neighbours.goPrevious}
          >
            <ChevronUp size={16} />
          </IconButton>
          <IconButton
            label={`${text.shortcuts.names.nextTrace} (${keyNames("Shift+J").join("")})`}
            disabled={!neighbours.next}
            onClick={neighbours.goNext}
          >
            <ChevronDown size={16} />
          </IconButton>
        </div>
        <div className="flex-1" />
        <TraceActions />
      </div>
      <Facts />
    </header>
  );
}
