/** A table of any length: only the rows in sight are drawn. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from "react";
import { SkeletonRows } from "@/components/States";
import { BodyRow } from "./BodyRow";
import { CellMenuButton, type CellMenuHandler, useCellMenu } from "./CellMenuButton";
import { type Column, leastWidthPx, tracks } from "./columns";
import { HeaderRow } from "./HeaderRow";
import { shownColumns } from "./layout";
import { rowHeightPx as heightOf, linesIn } from "./rowLines";
import { useRows } from "./useRows";

export type { Column } from "./columns";

export interface DataTableProps<R> {
  label: string;
  rows: readonly R[];
  columns: readonly Column<R>[];
  rowKey: (row: R) => string;
  /** Another list, such as one of another filter, begins at its top. */
  listKey?: string;
  rowHeightPx?: number;
  /** As the address has it: `-start`. */
  sort?: string;
  /** Without it headers are not buttons. */
  onSort?: (sort: string | undefined) => void;
  /** As the address has it: `id:width,id`. */
  layout?: string;
  /** Without it columns keep their width. */
  onLayout?: (layout: string) => void;
  /** Without it the row's link is followed. */
  onOpen?: (row: R) => void;
  /** A row is a link where it has an address; null makes one row none. */
  rowHref?: (row: R) => string | null;
  selected?: ReadonlySet<string>;
  /** Without it rows have no checkboxes. */
  onSelect?: (selected: Set<string>) => void;
  hasMore?: boolean;
  onMore?: () => void;
  isLoading?: boolean;
  /** Stands in place of no rows. */
  empty?: ReactNode;
  /** Draws a row across all columns; null leaves it to the cells. Such a row cannot be selected. */
  renderGroup?: (row: R) => ReactNode | null;
  /** The row that keys act on. */
  onActive?: (row: R | null) => void;
  /** A right click on a cell, or its button. */
  onCellMenu?: CellMenuHandler<R>;
  /** Whether the pointer rests on the rows. */
  onHover?: (isHovered: boolean) => void;
  /** Whether the first row is in sight. */
  onAtTop?: (isAtTop: boolean) => void;
  /** Whether rows are drawn faint, such as old ones while new ones are read. */
  isStale?: boolean;
}

const AHEAD_ROWS = 40;
/** Rows beyond those in sight, for scrolling. The first draw is sooner without them. */
const BESIDE_ROWS = 10;
/** Rows are drawn at once, before the room for them is measured. */
const FIRST_RECT = { width: 1000, height: 700 };

export function DataTable<R>(props: DataTableProps<R>) {
  const { rows, rowKey, hasMore = false, onMore, isLoading = false, onSelect } = props;
  const heightPx = props.rowHeightPx ?? heightOf(1);
  const columns = useMemo(() => shownColumns(props.columns, props.layout), [props.columns, props.layout]);
  const scroller = useRef<HTMLDivElement>(null);
  const [resizing, setResizing] = useState<{ id: string; widthPx: number } | null>(null);
  const hasRows = rows.length > 0;
  const [isDrawn, setDrawn] = useState(false);
  useEffect(() => setDrawn(hasRows), [hasRows]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => heightPx,
    getItemKey: (index) => keyAt(rows, rowKey, index),
    overscan: isDrawn ? BESIDE_ROWS : 0,
    scrollPaddingStart: heightOf(1),
    useFlushSync: false,
    initialRect: FIRST_RECT,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height is what makes measures wrong
  useEffect(() => virtual.measure(), [heightPx]);
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoading && lastIndex + AHEAD_ROWS >= rows.length) onMore?.();
  }, [hasMore, isLoading, lastIndex, rows.length, onMore]);

  useTop(scroller, `${props.listKey}\n${props.sort}`);
  const control = useRows({ ...props, scrollTo: (index) => virtual.scrollToIndex(index) });
  const cellMenu = useCellMenu(rows, rowKey, props.onCellMenu);
  const drawn =
    resizing === null ? columns : columns.map((one) => (one.id === resizing.id ? resized(one, resizing) : one));
  const hasCheckboxes = onSelect !== undefined;
  const style = {
    "--tracks": tracks(drawn, hasCheckboxes),
    "--lines": linesIn(heightPx),
    minWidth: leastWidthPx(drawn, hasCheckboxes),
  } as CSSProperties;
  const linkId = (columns.find((one) => one.isLink) ?? columns[0])?.id;
  const isOneLine = linesIn(heightPx) === 1;
  return (
    <div
      ref={scroller}
      onScroll={(event) => props.onAtTop?.(event.currentTarget.scrollTop < heightPx / 2)}
      className="relative min-h-0 flex-1 overflow-auto outline-none [overflow-anchor:none]"
      data-scroll-restoration-id={`table ${props.label}`}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: rows that are not drawn have no place in a table element */}
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-colcount={columns.length + (hasCheckboxes ? 1 : 0)}
        aria-multiselectable={hasCheckboxes || undefined}
        aria-busy={isLoading}
        style={style}
      >
        <HeaderRow
          columns={columns}
          allColumns={props.columns}
          sort={props.sort}
          onSort={props.onSort}
          layout={props.layout}
          onLayout={props.onLayout}
          onResizing={setResizing}
          checked={control.checked}
          onCheckAll={hasCheckboxes ? control.checkAll : undefined}
        />
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        <div
          role="rowgroup"
          className={`relative ${props.isStale ? "opacity-60" : ""}`}
          style={{ height: virtual.getTotalSize() }}
          onPointerEnter={() => props.onHover?.(true)}
          onPointerLeave={() => {
            props.onHover?.(false);
            cellMenu.leave();
          }}
          onPointerMove={cellMenu.move}
          onFocus={cellMenu.focus}
          onContextMenu={cellMenu.contextMenu}
          onKeyDown={control.onKeyDown}
        >
          {items.map((item) => {
            const row = rows[item.index];
            if (row === undefined) return null;
            const key = String(item.key);
            return (
              <BodyRow
                key={key}
                id={key}
                row={row}
                index={item.index}
                topPx={item.start}
                heightPx={heightPx}
                columns={columns}
                linkId={linkId}
                isOneLine={isOneLine}
                href={props.rowHref?.(row) ?? null}
                group={props.renderGroup?.(row) ?? null}
                isSelected={props.selected?.has(key) ?? false}
                isActive={control.activeKey === key}
                isTabStop={control.tabStopKey === key}
                hasCheckboxes={hasCheckboxes}
                events={control.events}
              />
            );
          })}
          {cellMenu.place && <CellMenuButton {...cellMenu.place} onPress={cellMenu.press} />}
        </div>
      </div>
      {rows.length === 0 && !isLoading && <div className="sticky left-0">{props.empty}</div>}
      {isLoading && <SkeletonRows rows={rows.length === 0 ? 20 : 3} rowHeightPx={heightPx} />}
    </div>
  );
}

function useTop(scroller: RefObject<HTMLElement | null>, listKey: string) {
  const shown = useRef(listKey);
  useEffect(() => {
    if (shown.current === listKey) return;
    shown.current = listKey;
    scroller.current?.scrollTo({ top: 0 });
  }, [listKey, scroller]);
}

function keyAt<R>(rows: readonly R[], rowKey: (row: R) => string, index: number): string {
  const row = rows[index];
  return row === undefined ? String(index) : rowKey(row);
}

const resized = <C extends { widthPx: number; isResized: boolean }>(
  column: C,
  { widthPx }: { widthPx: number },
): C => ({
  ...column,
  widthPx,
  isResized: true,
});
