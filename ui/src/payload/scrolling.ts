/** Which rows are in sight, of rows that are all of one height. */

export const ROW_PX = 20;
/** Browsers draw nothing beyond some ten million pixels: longer lists scroll faster than the pointer. */
export const MAX_HEIGHT_PX = 8_000_000;
const SPARE_ROWS = 12;

interface Sight {
  /** Height of what scrolls. */
  readonly heightPx: number;
  readonly from: number;
  readonly to: number;
  /** Where the row 0 would be drawn. */
  readonly originPx: number;
}

export function sightOf(total: number, scrollPx: number, viewPx: number): Sight {
  const fullPx = total * ROW_PX;
  const heightPx = Math.min(fullPx, MAX_HEIGHT_PX);
  const topPx = realTop(fullPx, scrollPx, viewPx);
  const first = Math.floor(topPx / ROW_PX);
  const from = Math.max(0, Math.floor((first - SPARE_ROWS) / SPARE_ROWS) * SPARE_ROWS);
  const to = first + Math.ceil(viewPx / ROW_PX) + 2 * SPARE_ROWS;
  return { heightPx, from, to: Math.ceil(to / SPARE_ROWS) * SPARE_ROWS, originPx: scrollPx - topPx };
}

/** How far to scroll so that a row is in sight; where it is already, nothing changes. */
export function scrollTo(row: number, total: number, scrollPx: number, viewPx: number): number {
  const fullPx = total * ROW_PX;
  const topPx = realTop(fullPx, scrollPx, viewPx);
  const rowPx = row * ROW_PX;
  if (rowPx >= topPx && rowPx + ROW_PX <= topPx + viewPx) return scrollPx;
  const isNear = Math.abs(rowPx - topPx - viewPx / 2) < viewPx;
  const wantedPx = isNear ? (rowPx < topPx ? rowPx : rowPx + ROW_PX - viewPx) : rowPx - viewPx / 3;
  return Math.max(0, wantedPx) / stretch(fullPx, viewPx);
}

function realTop(fullPx: number, scrollPx: number, viewPx: number): number {
  return Math.max(0, Math.min(scrollPx * stretch(fullPx, viewPx), fullPx - viewPx));
}

function stretch(fullPx: number, viewPx: number): number {
  return fullPx <= MAX_HEIGHT_PX ? 1 : (fullPx - viewPx) / (MAX_HEIGHT_PX - viewPx);
}
