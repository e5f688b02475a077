/** Which columns are shown, in which order and how wide, as the address has it: `id:width,id…`. */
import { type Column, LEAST_WIDTH_PX, MOST_WIDTH_PX, type ShownColumn } from "./columns";

export interface Place {
  readonly id: string;
  /** Null for the width that the column has of itself. */
  readonly widthPx: number | null;
}

/** Read a layout; null where there is none. An id is cut by commas that do not stand between backticks. */
export function parseLayout(layout: string | undefined): Place[] | null {
  const places: Place[] = [];
  for (const part of layout?.match(/(?:`[^`]*`|[^,`])+/g) ?? []) {
    const [, id = "", width] = /^(.*?)(?::(\d{1,5}))?$/s.exec(part.trim()) ?? [];
    if (id === "" || places.some((place) => place.id === id)) continue;
    places.push({ id, widthPx: width === undefined ? null : boundedPx(Number(width)) });
  }
  return places.length ? places : null;
}

export function writeLayout(places: readonly Place[]): string {
  return places.map(({ id, widthPx }) => (widthPx === null ? id : `${id}:${Math.round(widthPx)}`)).join(",");
}

/** The columns to show. Ids that are no column are left out; fixed columns that a layout forgets come first. */
export function shownColumns<R>(columns: readonly Column<R>[], layout: string | undefined): ShownColumn<R>[] {
  const byId = new Map(columns.map((column) => [column.id, column]));
  return placesOf(columns, layout).flatMap(({ id, widthPx }) => {
    const column = byId.get(id);
    if (column === undefined) return [];
    return [{ ...column, widthPx: widthPx ?? column.widthPx, isResized: widthPx !== null }];
  });
}

/** The places that a layout means, which without one are those of all columns that are not optional. */
export function placesOf<R>(columns: readonly Column<R>[], layout: string | undefined): Place[] {
  const chosen = parseLayout(layout);
  if (chosen === null) return columns.filter((one) => !one.isOptional).map(({ id }) => ({ id, widthPx: null }));
  const forgotten = columns.filter((one) => one.isFixed && !chosen.some((place) => place.id === one.id));
  return [...forgotten.map(({ id }) => ({ id, widthPx: null })), ...chosen];
}

/** Give a column a width; null gives it its own again. */
export function withWidth(places: readonly Place[], id: string, widthPx: number | null): Place[] {
  const bounded = widthPx === null ? null : boundedPx(widthPx);
  return places.map((place) => (place.id === id ? { id, widthPx: bounded } : place));
}

/** Show a column that is hidden, as the last; hide one that is shown. */
export function toggled(places: readonly Place[], id: string): Place[] {
  const rest = places.filter((place) => place.id !== id);
  return rest.length === places.length ? [...places, { id, widthPx: null }] : rest;
}

/** Move a column by so many places, not beyond the ends. */
export function moved(places: readonly Place[], id: string, by: number): Place[] {
  const from = places.findIndex((place) => place.id === id);
  const place = places[from];
  if (place === undefined) return [...places];
  const rest = places.filter((other) => other !== place);
  rest.splice(Math.max(0, Math.min(rest.length, from + by)), 0, place);
  return rest;
}

function boundedPx(widthPx: number): number {
  return Math.min(MOST_WIDTH_PX, Math.max(LEAST_WIDTH_PX, Math.round(widthPx)));
}
