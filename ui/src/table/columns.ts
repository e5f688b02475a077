import type { ReactNode } from "react";

export interface Column<R> {
  /** Stands in the address. */
  id: string;
  header: string;
  cell: (row: R) => ReactNode;
  widthPx: number;
  align?: "end";
  sortable?: boolean;
  /** It cannot be hidden. */
  isFixed?: boolean;
  /** It is only shown where somebody chose it. */
  isOptional?: boolean;
  /** It takes the room that is left over, as long as nobody gave it a width. */
  grows?: boolean;
  /** Its text is the row's link; else it is the first column's. */
  isLink?: boolean;
  /** Its text takes all lines of a row, not only the first. */
  wraps?: boolean;
  /** Longer words about the header. */
  hint?: string;
}

/** A column where it is shown. */
export interface ShownColumn<R> extends Column<R> {
  /** A width that somebody gave. */
  isResized: boolean;
}

export const LEAST_WIDTH_PX = 48;
export const MOST_WIDTH_PX = 2000;
const CHECKBOX_WIDTH_PX = 36;

/** Columns as a grid's tracks. The last one takes what is left over, where none grows. */
export function tracks<R>(columns: readonly ShownColumn<R>[], hasCheckboxes: boolean): string {
  const own = columns.map((one) => (grows(one) ? `minmax(${one.widthPx}px, 1fr)` : `${one.widthPx}px`));
  const rest = columns.some(grows) ? [] : ["1fr"];
  return [...(hasCheckboxes ? [`${CHECKBOX_WIDTH_PX}px`] : []), ...own, ...rest].join(" ");
}

/** The width below which the table scrolls sideways. */
export function leastWidthPx<R>(columns: readonly ShownColumn<R>[], hasCheckboxes: boolean): number {
  return columns.reduce((sum, one) => sum + one.widthPx, hasCheckboxes ? CHECKBOX_WIDTH_PX : 0);
}

const grows = <R>(one: ShownColumn<R>) => one.grows === true && !one.isResized;
