import { ChevronDown, ChevronUp, Search, X } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { IconButton } from "@/components/Button";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { useScene } from "../scene";
import { nextSpan } from "../structure/rows";

const TYPING_MS = 250;

/** Finds a text in the trace: in names, inputs, outputs, attributes and events. */
export function FindBox() {
  const { view, setView, found, selected, select, structure } = useScene();
  const input = useRef<HTMLInputElement>(null);
  const [written, setWritten] = useState(view.find ?? "");
  const sought = view.find ?? "";
  useEffect(() => setWritten(sought), [sought]);
  useEffect(() => {
    if (written === sought) return;
    const timer = setTimeout(() => setView({ find: written || undefined }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [written, sought, setView]);
  const step = (by: 1 | -1) => {
    const next = nextSpan(structure, selected, (span) => found.isFound?.[span] === 1, by);
    if (next !== null) select(next);
  };
  const hasMatches = found.matches.length > 0;
  useShortcut("find", () => input.current?.select());
  useShortcut("nextMatch", hasMatches ? () => step(1) : null);
  useShortcut("previousMatch", hasMatches ? () => step(-1) : null);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter") return;
    if (written !== sought) setView({ find: written || undefined });
    else step(event.shiftKey ? -1 : 1);
  };
  return (
    <search className="flex h-9 items-center gap-1 border-line border-b pr-1 pl-3">
      <Search size={14} className="shrink-0 text-faint" aria-hidden />
      <input
        ref={input}
        aria-label={text.trace.find}
        placeholder={text.trace.find}
        value={written}
        onChange={(event) => setWritten(event.target.value)}
        onKeyDown={onKeyDown}
        data-find
        className="h-7 min-w-16 flex-1 bg-transparent px-1"
      />
      {sought !== "" && (
        <>
          <Count />
          <IconButton label={text.shortcuts.names.previousMatch} disabled={!hasMatches} onClick={() => step(-1)}>
            <ChevronUp size={14} />
          </IconButton>
          <IconButton label={text.shortcuts.names.nextMatch} disabled={!hasMatches} onClick={() => step(1)}>
            <ChevronDown size={14} />
          </IconButton>
          <IconButton label={text.trace.clearFind} onClick={() => setView({ find: undefined })}>
            <X size={14} />
          </IconButton>
        </>
      )}
    </search>
  );
}

function Count() {
  const { found, selected } = useScene();
  const at = selected === null ? -1 : found.matches.indexOf(selected);
  if (found.problem !== null)
    return (
      <button type="button" className="link shrink-0 text-error" onClick={found.retry} title={String(found.problem)}>
        {text.trace.findFailed}
      </button>
    );
  return (
    <span role="status" className="shrink-0 text-muted text-sm">
      {text.trace.matches(at + 1, found.matches.length, found.isSearching)}
    </span>
  );
}
