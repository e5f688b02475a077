/** The tree of spans. */
import { useRef } from "react";
import { text } from "@/text";
import { HEAD_PX, ROW_PX, useRowWindow } from "../rowScroll";
import { useScene } from "../scene";
import { FindBox } from "./FindBox";
import { OutlineRow } from "./OutlineRow";
import { OutlineTools } from "./OutlineTools";

export function Outline() {
  const { rows, scroll, structure, selected } = useScene();
  const element = useRef<HTMLDivElement>(null);
  const [first, end] = useRowWindow(scroll, rows, element);
  const shown = rows.spans.subarray(first, Math.min(end, rows.spans.length));
  return (
    <section aria-label={text.trace.outline} className="@container flex h-full min-h-0 flex-col">
      <div style={{ height: HEAD_PX }} className="shrink-0 border-line border-b">
        <FindBox />
        <OutlineTools />
        <Heads />
      </div>
      <div
        ref={element}
        role="tree"
        aria-label={text.trace.outline}
        aria-activedescendant={selected === null ? undefined : rowId(structure.ids[selected])}
        tabIndex={0}
        className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto [overflow-anchor:none] focus-visible:outline-offset-[-2px]"
      >
        <div role="none" style={{ height: rows.spans.length * ROW_PX }}>
          {Array.from(shown, (span, index) => (
            <OutlineRow key={structure.ids[span]} span={span} row={first + index} />
          ))}
        </div>
      </div>
      {rows.isMatch !== null && <FilterNote />}
    </section>
  );
}

export const rowId = (spanId: string | undefined) => `span-${spanId}`;

function Heads() {
  return (
    <div aria-hidden className="flex h-6 items-center gap-2 pr-3 pl-3 text-faint text-xs">
      <span className="flex-1">{text.trace.span}</span>
      <span className="w-16 text-right @max-[420px]:hidden">{text.trace.cost}</span>
      <span className="w-14 text-right @max-[340px]:hidden">{text.trace.tokens}</span>
      <span className="w-18 text-right">{text.trace.duration}</span>
    </div>
  );
}

/** Says that spans are left out, and lets them in again. */
function FilterNote() {
  const { rows, structure, setView, setMinShare } = useScene();
  return (
    <div className="flex shrink-0 items-center gap-2 border-line border-t px-3 py-1 text-muted text-sm">
      <span className="flex-1">{text.trace.shownOf(rows.matches, structure.count)}</span>
      <button
        type="button"
        className="link"
        onClick={() => {
          setView({ types: undefined, errors: undefined });
          setMinShare(0);
        }}
      >
        {text.trace.showAll}
      </button>
    </div>
  );
}
