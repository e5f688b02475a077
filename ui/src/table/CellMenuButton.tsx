/** One button for all cells: it stands in the cell that is pointed at or focused. */
import { Ellipsis } from "lucide-react";
import { type FocusEvent, type MouseEvent, type PointerEvent, useRef, useState } from "react";
import { text } from "@/text";

/** Gets the row, the column's id and the point of the window where a menu may open. */
export type CellMenuHandler<R> = (row: R, columnId: string, at: { xPx: number; yPx: number }) => void;

interface CellPlace {
  rowKey: string;
  columnId: string;
  /** From the beginning of the rows. */
  leftPx: number;
  topPx: number;
  heightPx: number;
}

export function useCellMenu<R>(rows: readonly R[], rowKey: (row: R) => string, onMenu?: CellMenuHandler<R>) {
  const [place, setPlace] = useState<CellPlace | null>(null);
  const frame = useRef(0);
  const show = (cell: HTMLElement | null, body: HTMLElement) => {
    const next = cell === null ? null : placeOf(cell, body);
    setPlace((old) => (isSame(old, next) ? old : next));
  };
  const ask = (key: string, columnId: string, xPx: number, yPx: number) => {
    const row = rows.find((one) => rowKey(one) === key);
    if (row !== undefined) onMenu?.(row, columnId, { xPx, yPx });
  };
  if (onMenu === undefined) return OFF;
  return {
    place,
    leave: () => {
      cancelAnimationFrame(frame.current);
      setPlace(null);
    },
    move: (event: PointerEvent<HTMLElement>) => {
      const [body, xPx, yPx] = [event.currentTarget, event.clientX, event.clientY];
      if (event.buttons !== 0 || event.pointerType === "touch") return;
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => {
        const elements = document.elementsFromPoint(xPx, yPx);
        if (elements.some((one) => one.matches("[data-cell-menu]"))) return;
        show(cellAmong(elements), body);
      });
    },
    focus: (event: FocusEvent<HTMLElement>) => {
      const cell = event.target.closest<HTMLElement>("[data-column]");
      if (cell !== null) show(cell, event.currentTarget);
    },
    contextMenu: (event: MouseEvent<HTMLElement>) => {
      const target = event.target as HTMLElement;
      const cell =
        cellAmong(document.elementsFromPoint(event.clientX, event.clientY)) ??
        target.closest<HTMLElement>("[data-column]");
      const key = cell?.closest<HTMLElement>("[data-row]")?.dataset.row;
      if (cell?.dataset.column === undefined || key === undefined) return;
      event.preventDefault();
      ask(key, cell.dataset.column, event.clientX, event.clientY);
    },
    press: (event: MouseEvent<HTMLElement>) => {
      const box = event.currentTarget.getBoundingClientRect();
      if (place) ask(place.rowKey, place.columnId, box.left, box.bottom);
    },
  };
}

const OFF = {
  place: null,
  leave: () => undefined,
  move: undefined,
  focus: undefined,
  contextMenu: undefined,
  press: () => undefined,
};

export function CellMenuButton({
  leftPx,
  topPx,
  heightPx,
  onPress,
}: CellPlace & { onPress: (event: MouseEvent<HTMLElement>) => void }) {
  return (
    <button
      type="button"
      data-cell-menu
      tabIndex={-1}
      aria-label={text.table.cellMenu}
      title={text.table.cellMenu}
      onClick={onPress}
      style={{ left: leftPx, top: topPx + (heightPx - 20) / 2 }}
      className="absolute z-10 flex h-5 w-5 items-center justify-center rounded border border-line bg-bg-raised text-muted hover:text-ink"
    >
      <Ellipsis size={13} aria-hidden />
    </button>
  );
}

const BUTTON_PX = 20;
const LINE_PX = 30;

function placeOf(cell: HTMLElement, body: HTMLElement): CellPlace | null {
  const row = cell.closest<HTMLElement>("[data-row]");
  if (row?.dataset.row === undefined || cell.dataset.column === undefined) return null;
  const [box, frame, line] = [cell, body, row].map((one) => one.getBoundingClientRect()) as [DOMRect, DOMRect, DOMRect];
  return {
    rowKey: row.dataset.row,
    columnId: cell.dataset.column,
    leftPx: box.right - frame.left - BUTTON_PX - 2,
    topPx: line.top - frame.top,
    heightPx: Math.min(line.height, LINE_PX),
  };
}

const cellAmong = (elements: Element[]): HTMLElement | null =>
  (elements.find((one) => one.matches("[data-column]")) as HTMLElement | undefined) ?? null;

const isSame = (a: CellPlace | null, b: CellPlace | null) =>
  a === b || (a !== null && b !== null && (Object.keys(a) as (keyof CellPlace)[]).every((key) => a[key] === b[key]));
