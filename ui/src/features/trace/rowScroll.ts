/** Rows of one height that outline and timeline scroll together; what stands at the top stays there when rows change. */
import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Rows } from "./structure/rows";

export const ROW_PX = 28;
/** Outline and timeline have heads of the same height, so that their rows lie side by side. */
export const HEAD_PX = 96;

export class RowScroll {
  topPx = 0;
  heightPx = 600;
  private readonly listeners = new Set<() => void>();
  private anchor: { span: number; restPx: number } | null = null;
  private rows: Rows | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  scrollTo(topPx: number): void {
    const limited = Math.max(0, topPx);
    if (limited === this.topPx) return;
    this.topPx = limited;
    this.keepAnchor();
    for (const listener of this.listeners) listener();
  }

  /** Bring a row into sight, to the middle where it is out of it. */
  show(row: number): void {
    const at = row * ROW_PX;
    if (at >= this.topPx && at + ROW_PX <= this.topPx + this.heightPx) return;
    const isNear = at >= this.topPx - 2 * ROW_PX && at <= this.topPx + this.heightPx + 2 * ROW_PX;
    if (isNear) this.scrollTo(at < this.topPx ? at : at + ROW_PX - this.heightPx);
    else this.scrollTo(at - this.heightPx / 2 + ROW_PX / 2);
  }

  setRows(rows: Rows): void {
    if (rows === this.rows) return;
    this.rows = rows;
    const row = this.anchor === null || this.topPx === 0 ? -1 : (rows.rowOf[this.anchor.span] ?? -1);
    if (this.anchor !== null && row >= 0) this.topPx = row * ROW_PX + this.anchor.restPx;
    else this.keepAnchor();
    for (const listener of this.listeners) listener();
  }

  private keepAnchor(): void {
    const span = this.rows?.spans[Math.floor(this.topPx / ROW_PX)];
    this.anchor = span === undefined ? null : { span, restPx: this.topPx % ROW_PX };
  }
}

/** Rows are drawn in groups of so many, so that not every pixel scrolled draws anew. */
const GROUP_ROWS = 8;

/** Ties an element that scrolls to the common scroll. Gives the rows to draw: from, and up to but without. */
export function useRowWindow(
  scroll: RowScroll,
  rows: Rows,
  element: RefObject<HTMLDivElement | null>,
): readonly [number, number] {
  const [range, setRange] = useState<readonly [number, number]>([0, 60]);
  const look = useCallback(() => {
    const first = Math.max(0, Math.floor(scroll.topPx / ROW_PX / GROUP_ROWS) - 1) * GROUP_ROWS;
    const end = (Math.ceil((scroll.topPx + scroll.heightPx) / ROW_PX / GROUP_ROWS) + 1) * GROUP_ROWS;
    setRange((old) => (old[0] === first && old[1] === end ? old : [first, end]));
  }, [scroll]);
  useScrollTie(scroll, element, look);
  useLayoutEffect(() => {
    scroll.setRows(rows);
    if (element.current) element.current.scrollTop = scroll.topPx;
  }, [scroll, rows, element]);
  return range;
}

/** Keeps an element and the common scroll at the same place, and calls `onScroll` at each change of either. */
export function useScrollTie(scroll: RowScroll, element: RefObject<HTMLDivElement | null>, onScroll: () => void): void {
  const latest = useRef(onScroll);
  latest.current = onScroll;
  useEffect(() => {
    const tied = element.current;
    if (tied === null) return;
    const follow = () => {
      if (Math.abs(tied.scrollTop - scroll.topPx) >= 1) tied.scrollTop = scroll.topPx;
      latest.current();
    };
    const lead = () => {
      // A fraction of a pixel is the browser's rounding of what it was told.
      if (Math.abs(tied.scrollTop - scroll.topPx) >= 1) scroll.scrollTo(tied.scrollTop);
    };
    const size = new ResizeObserver(() => {
      scroll.heightPx = tied.clientHeight;
      follow();
    });
    size.observe(tied);
    tied.addEventListener("scroll", lead, { passive: true });
    const end = scroll.subscribe(follow);
    return () => {
      end();
      size.disconnect();
      tied.removeEventListener("scroll", lead);
    };
  }, [scroll, element]);
}
