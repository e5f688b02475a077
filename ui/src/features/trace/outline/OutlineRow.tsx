import { ChevronDown, ChevronRight, CircleAlert, CornerDownRight, Unlink } from "lucide-react";
import { memo, type ReactNode } from "react";
import { SpanTypeIcon } from "@/components/SpanType";
import { duration, NONE, shortCount, usd } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { text } from "@/text";
import { ROW_PX } from "../rowScroll";
import { useScene } from "../scene";
import { toggled } from "../structure/rows";
import { ERROR } from "../structure/spans";
import { endNs, type Structure, typeOf } from "../structure/structure";
import { rowId } from "./Outline";

const STEP_PX = 10;
const MAX_STEPS = 9;

/** One span of the outline. */
export const OutlineRow = memo(function OutlineRow({ span, row }: { span: number; row: number }) {
  const { structure, choice, selected, select, rows, setCollapsed, found } = useScene();
  const depth = structure.depth[span] as number;
  const hasChildren = (structure.childCount[span] as number) > 0;
  const isFolded = hasChildren && choice.collapsed.has(span);
  const toggle = () => setCollapsed(toggled(choice.collapsed, span));
  const parent = structure.parent[span] as number;
  const name = shownText(structure.names[span] as string);
  const isAside = rows.isMatch !== null && rows.isMatch[span] === 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the page's keys walk the tree
    <div
      id={rowId(structure.ids[span])}
      role="treeitem"
      tabIndex={-1}
      aria-level={depth + 1}
      aria-posinset={structure.nth[span]}
      aria-setsize={parent === -1 ? structure.rootCount : structure.childCount[parent]}
      aria-expanded={hasChildren ? !isFolded : undefined}
      aria-selected={selected === span}
      onClick={() => select(span)}
      onDoubleClick={hasChildren ? toggle : undefined}
      style={{ height: ROW_PX, top: row * ROW_PX }}
      className={`absolute right-0 left-0 flex items-center gap-1.5 pr-3 hover:bg-bg-hover aria-selected:bg-bg-selected ${isAside ? "text-faint" : ""}`}
    >
      <div
        className="flex min-w-0 flex-1 items-center gap-1.5 overflow-hidden"
        style={{ paddingLeft: 6 + Math.min(depth, MAX_STEPS) * STEP_PX }}
      >
        <span
          aria-hidden
          onClick={(event) => {
            event.stopPropagation();
            if (hasChildren) toggle();
          }}
          className="inline-flex size-4 shrink-0 items-center justify-center text-faint hover:text-ink"
        >
          {hasChildren && (isFolded ? <ChevronRight size={13} /> : <ChevronDown size={13} />)}
        </span>
        {depth > MAX_STEPS && <Depth depth={depth} />}
        <SpanTypeIcon type={typeOf(structure, span)} />
        <span className="min-w-0 flex-1 truncate" title={name}>
          {found.isFound?.[span] === 1 ? <mark>{name}</mark> : name}
        </span>
      </div>
      <Marks span={span} isFolded={isFolded} />
      <Figures span={span} isFolded={isFolded} />
    </div>
  );
});

/** Below a depth the rows move no further to the right; a number says how deep they are. */
function Depth({ depth }: { depth: number }) {
  return (
    <span className="inline-flex shrink-0 items-center text-faint text-xs" title={text.trace.depth(depth)}>
      <CornerDownRight size={11} aria-hidden />
      {depth}
    </span>
  );
}

function Marks({ span, isFolded }: { span: number; isFolded: boolean }) {
  const { structure } = useScene();
  const errors = structure.errors[span] as number;
  const own = structure.status[span] === ERROR ? 1 : 0;
  const within = isFolded ? errors - own : 0;
  return (
    <>
      {structure.missesParent[span] === 1 && (
        <Mark title={text.trace.missingParentHint}>
          <Unlink size={11} aria-hidden />
          <span className="@max-[420px]:sr-only">{text.trace.missingParent}</span>
        </Mark>
      )}
      {structure.isLoop[span] === 1 && <Mark title={text.trace.loopHint}>{text.trace.loop}</Mark>}
      {within > 0 && (
        <span
          className="inline-flex shrink-0 items-center gap-1 text-error text-xs"
          title={text.trace.errorsWithin(within)}
        >
          <span aria-hidden className="@min-[420px]:hidden">
            +{shortCount(within)}
          </span>
          <span className="@max-[420px]:sr-only">{text.trace.errorsWithin(within)}</span>
        </span>
      )}
      {own > 0 && (
        <span role="img" aria-label={text.state.ERROR} title={text.state.ERROR} className="inline-flex shrink-0">
          <CircleAlert size={14} className="text-error" aria-hidden />
        </span>
      )}
    </>
  );
}

function Mark({ title, children }: { title: string; children: ReactNode }) {
  return (
    <span
      title={title}
      className="inline-flex shrink-0 items-center gap-1 rounded bg-warning-soft px-1 text-warning text-xs"
    >
      {children}
    </span>
  );
}

/** A span's own figures; those of all below it too where it is folded. */
function Figures({ span, isFolded }: { span: number; isFolded: boolean }) {
  const { structure, nowNs } = useScene();
  const sum = isFolded ? "∑ " : "";
  const title = isFolded ? text.trace.withAllBelow : undefined;
  const tokens = (isFolded ? structure.allTokens : structure.tokens)[span] as number;
  const cost = (isFolded ? structure.allCostUsd : structure.costUsd)[span] as number;
  return (
    <>
      <span className="w-16 shrink-0 whitespace-nowrap text-right text-muted @max-[420px]:hidden" title={title}>
        {Number.isNaN(cost) ? "" : `${sum}${usd(cost)}`}
      </span>
      <span className="w-14 shrink-0 whitespace-nowrap text-right text-muted @max-[340px]:hidden" title={title}>
        {Number.isNaN(tokens) ? "" : `${sum}${shortCount(tokens)}`}
      </span>
      <span className="w-18 shrink-0 whitespace-nowrap text-right text-muted">
        {durationText(structure, span, nowNs)}
      </span>
    </>
  );
}

export function durationText(structure: Structure, span: number, nowNs: number): string {
  const ms = (endNs(structure, span, nowNs) - (structure.startNs[span] as number)) / 1e6;
  if (!Number.isNaN(structure.durationNs[span])) return duration(ms);
  return Number.isFinite(ms) ? `${duration(ms)} …` : NONE;
}
