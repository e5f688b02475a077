/** A value by row: only the rows in sight are in the page, whatever its size. */
import { type KeyboardEvent, type ReactNode, useCallback, useId, useRef, useState } from "react";
import { copy } from "@/components/clipboard";
import { Problem } from "@/components/States";
import { text as words } from "@/text";
import type { Source } from "./largeValue";
import { RowActions } from "./RowActions";
import { ROW_PX, sightOf } from "./scrolling";
import { TreeRow } from "./TreeRow";
import { TreeTools } from "./TreeTools";
import { stepOf } from "./treeKeys";
import { useTree } from "./useTree";
import { useActiveRow, useMatches } from "./useTreeState";
import { useViewport } from "./useViewport";

/** Fewer rows are read without finding in them. */
const FEW_ROWS = 8;
/** Before it is known how many there are. */
const FIRST_ROWS = 60;
const FIRST_VIEW_PX = 400;
const PADDING_PX = 26;

interface RowsViewProps {
  source: Source;
  label: string;
  /** A text alone: its lines, without names. */
  isText: boolean;
  isLarge: boolean;
  /** Whether it takes the height that there is, instead of what it needs. */
  isFilling?: boolean;
  find?: string;
  tools?: ReactNode;
}

export function RowsView({ source, label, isText, isLarge, isFilling = false, find = "", tools }: RowsViewProps) {
  const id = useId();
  const view = useViewport();
  const { shown, problem, act, total, sight } = useRowsInSight(source, view);
  const { active, setActive, go } = useActiveRow(view, total);
  const matches = useMatches(source, act, go);
  const [hovered, setHovered] = useState<number | null>(null);
  const toggle = useCallback((index: number) => void act((there) => there.call("toggle", index)), [act]);
  const onChoose = useCallback(
    (index: number, isToggling: boolean) => {
      setActive(index);
      if (isToggling && getSelection()?.isCollapsed !== false) toggle(index);
    },
    [toggle, setActive],
  );
  const copyOf = async (index: number) => copy(await source.call("textOf", index));
  const rowAt = (index: number | null) => shown?.rows.find((row) => row.index === index) ?? null;
  const onKeyDown = async (event: KeyboardEvent) => {
    const step = stepOf(event, rowAt(active), total, Math.floor(view.heightPx / ROW_PX) - 1);
    if (step === null) return;
    event.preventDefault();
    if (step.do === "toggle") return toggle(step.index);
    if (step.do === "copy") return copyOf(step.index);
    const index = step.do === "go" ? step.index : await source.call("parentOf", step.index);
    if (index >= 0) go(index, total);
  };
  const pointed = rowAt(hovered);
  const hasTools = isLarge || isFilling || total > FEW_ROWS || matches.sought !== "";
  return (
    <div className={`relative flex min-h-0 min-w-0 flex-col ${isFilling ? "flex-1" : ""}`}>
      {hasTools ? (
        <TreeTools
          {...matches}
          isText={isText}
          onOpenAll={() => void act((there) => there.call("openAll", null))}
          onCloseAll={() => void act((there) => there.call("closeAll", null))}
          wholeText={() => source.call("textOf", null)}
        >
          {tools}
        </TreeTools>
      ) : (
        tools && <div className="flex justify-end">{tools}</div>
      )}
      {problem !== null && <Problem error={problem} />}
      <div
        ref={view.ref}
        role="tree"
        aria-label={label}
        aria-busy={shown === null}
        aria-activedescendant={active === null ? undefined : `${id}-${active}`}
        tabIndex={0}
        onScroll={view.onScroll}
        onKeyDown={onKeyDown}
        onPointerLeave={() => setHovered(null)}
        className={`relative overflow-y-auto overflow-x-hidden rounded font-mono text-sm ${isFilling ? "min-h-40 flex-1" : "max-h-[min(60vh,560px)]"}`}
      >
        {pointed !== null && (
          <RowActions
            row={pointed}
            topPx={sight.originPx + pointed.index * ROW_PX}
            onCopyValue={() => void copyOf(pointed.index)}
            onCopyPath={async () => copy(await source.call("pathOf", pointed.index))}
            onOpenBelow={() => void act((there) => there.call("openAll", pointed.index))}
            onCloseBelow={() => void act((there) => there.call("closeAll", pointed.index))}
          />
        )}
        <div role="presentation" style={{ height: sight.heightPx }} className="relative">
          {shown === null && isLarge && problem === null && <p className="p-2 text-faint">{words.app.loading}</p>}
          {shown?.rows.map((row) => (
            <TreeRow
              key={row.index}
              row={row}
              id={`${id}-${row.index}`}
              topPx={sight.originPx + row.index * ROW_PX}
              isActive={row.index === active}
              find={matches.sought || find}
              isText={isText}
              onChoose={onChoose}
              onHover={setHovered}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** The rows around what is in sight, wrapped to the width that there is. */
function useRowsInSight(source: Source, view: ReturnType<typeof useViewport>) {
  const lastTotal = useRef(FIRST_ROWS);
  const heightPx = view.heightPx || FIRST_VIEW_PX;
  const wanted = sightOf(lastTotal.current, view.scrollPx, heightPx);
  const columns = Math.max(20, Math.floor((view.widthPx - PADDING_PX) / view.letterPx) || 80);
  const { shown, problem, act } = useTree(source, wanted.from, wanted.to, columns);
  lastTotal.current = shown?.total ?? FIRST_ROWS;
  return { shown, problem, act, total: shown?.total ?? 0, sight: sightOf(lastTotal.current, view.scrollPx, heightPx) };
}
