import type { KeyboardEvent } from "react";
import { count } from "@/format/numbers";
import { text as words } from "@/text";
import type { Part, PartOfSpan } from "./parts";

interface PartTabsProps {
  parts: readonly PartOfSpan[];
  part: Part;
  onChoose: (part: Part) => void;
}

/** The parts of a span as tabs; the arrow keys walk them. */
export function PartTabs({ parts, part, onChoose }: PartTabsProps) {
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = parts.findIndex((each) => each.part === part);
    const next = parts[(at + step + parts.length) % parts.length];
    if (next === undefined) return;
    onChoose(next.part);
    event.currentTarget.querySelector<HTMLElement>(`[data-part=${next.part}]`)?.focus();
  };
  return (
    <div
      role="tablist"
      aria-label={words.inspector.parts.label}
      onKeyDown={onKeyDown}
      className="flex shrink-0 flex-wrap border-line border-b px-1.5"
    >
      {parts.map(({ part: each, count: n }) => (
        <button
          key={each}
          type="button"
          role="tab"
          data-part={each}
          aria-selected={each === part}
          tabIndex={each === part ? 0 : -1}
          onClick={() => onChoose(each)}
          className="-mb-px flex h-8 shrink-0 items-center gap-1 border-transparent border-b-2 px-1.5 text-muted hover:text-ink aria-selected:border-accent aria-selected:text-ink"
        >
          {words.inspector.parts[each]}
          {n !== null && n > 0 && <span className="text-faint text-xs">{count(n)}</span>}
        </button>
      ))}
    </div>
  );
}
