import { ArrowDown, ArrowUp } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useRef } from "react";
import { text } from "@/text";
import { type Column, LEAST_WIDTH_PX, MOST_WIDTH_PX, type ShownColumn } from "./columns";
import { placesOf, withWidth, writeLayout } from "./layout";
import { nextSort, parseSort } from "./sort";

interface HeaderRowProps<R> {
  columns: readonly ShownColumn<R>[];
  allColumns: readonly Column<R>[];
  sort?: string;
  onSort?: (sort: string | undefined) => void;
  layout?: string;
  onLayout?: (layout: string) => void;
  /** Follows the pointer while a column is dragged. */
  onResizing: (resizing: { id: string; widthPx: number } | null) => void;
  /** Whether all, some or none of the rows are selected. */
  checked: "all" | "some" | "none";
  onCheckAll?: () => void;
}

export function HeaderRow<R>(props: HeaderRowProps<R>) {
  const { columns, checked, onCheckAll } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see DataTable
    <div
      role="row"
      tabIndex={-1}
      aria-rowindex={1}
      className="sticky top-0 z-20 grid h-[30px] border-line border-b bg-bg-sunken text-muted [grid-template-columns:var(--tracks)]"
    >
      {onCheckAll && (
        // biome-ignore lint/a11y/useSemanticElements: see DataTable
        <div role="columnheader" tabIndex={-1} className="flex items-center justify-center">
          <input
            type="checkbox"
            aria-label={text.table.selectAll}
            checked={checked === "all"}
            ref={(box) => {
              if (box) box.indeterminate = checked === "some";
            }}
            onChange={onCheckAll}
          />
        </div>
      )}
      {columns.map((column) => (
        <HeaderCell key={column.id} column={column} {...props} />
      ))}
    </div>
  );
}

function HeaderCell<R>(props: HeaderRowProps<R> & { column: ShownColumn<R> }) {
  const { column, onSort, onLayout } = props;
  const sort = parseSort(props.sort);
  const order = sort?.id !== column.id ? undefined : sort.isDescending ? "descending" : "ascending";
  const side = column.align === "end" ? "justify-end text-right" : "";
  const words = <span className="truncate">{column.header}</span>;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see DataTable
    <div
      role="columnheader"
      tabIndex={-1}
      aria-sort={column.sortable && onSort ? (order ?? "none") : undefined}
      className="relative flex min-w-0 items-center"
      title={column.hint}
    >
      {column.sortable && onSort ? (
        <button
          type="button"
          onClick={() => onSort(nextSort(props.sort, column))}
          className={`flex h-full min-w-0 flex-1 items-center gap-1 px-2 outline-offset-[-2px] hover:text-ink ${side} ${order ? "text-ink" : ""}`}
        >
          {words}
          {order === "descending" && <ArrowDown size={13} className="shrink-0" aria-hidden />}
          {order === "ascending" && <ArrowUp size={13} className="shrink-0" aria-hidden />}
        </button>
      ) : (
        <div className={`flex min-w-0 flex-1 px-2 ${side}`}>{words}</div>
      )}
      {onLayout && <Separator {...props} onLayout={onLayout} />}
    </div>
  );
}

const KEY_STEP_PX = 16;

/** The right edge of a column: drag it, or move it with the arrow keys; a double click gives the first width back. */
function Separator<R>({
  column,
  allColumns,
  layout,
  onLayout,
  onResizing,
}: HeaderRowProps<R> & { column: ShownColumn<R>; onLayout: (layout: string) => void }) {
  const drag = useRef<{ fromPx: number; widthPx: number; nextPx: number } | null>(null);
  const keep = (widthPx: number | null) =>
    onLayout(writeLayout(withWidth(placesOf(allColumns, layout), column.id, widthPx)));
  const shownPx = (element: Element) => element.parentElement?.getBoundingClientRect().width ?? column.widthPx;
  const onPointerDown = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    const widthPx = shownPx(event.currentTarget);
    drag.current = { fromPx: event.clientX, widthPx, nextPx: widthPx };
  };
  const onPointerMove = (event: PointerEvent) => {
    if (drag.current === null) return;
    const widthPx = drag.current.widthPx + event.clientX - drag.current.fromPx;
    drag.current.nextPx = Math.max(LEAST_WIDTH_PX, Math.min(MOST_WIDTH_PX, widthPx));
    onResizing({ id: column.id, widthPx: drag.current.nextPx });
  };
  const onPointerUp = () => {
    const ended = drag.current;
    drag.current = null;
    if (ended === null || ended.nextPx === ended.widthPx) return;
    keep(ended.nextPx);
    onResizing(null);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const direction = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (direction === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    keep(shownPx(event.currentTarget) + direction * KEY_STEP_PX);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be dragged
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={text.table.resize(column.header)}
      aria-valuenow={column.widthPx}
      aria-valuemin={LEAST_WIDTH_PX}
      aria-valuemax={MOST_WIDTH_PX}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={onPointerUp}
      onDoubleClick={() => keep(null)}
      onKeyDown={onKeyDown}
      className="absolute inset-y-0 right-0 z-10 w-2 translate-x-1/2 cursor-col-resize touch-none after:absolute after:inset-y-1.5 after:left-1/2 after:w-px after:bg-line hover:after:bg-accent focus-visible:after:bg-accent"
    />
  );
}
