/** How tall rows are: 1, 2 or 6 lines. */
import { useShortcut } from "@/keys/shortcuts";

export const ROW_LINES = [1, 2, 6] as const;
export type RowLines = (typeof ROW_LINES)[number];

const LINE_HEIGHT_PX = 20;
const PADDING_PX = 10;

function parseRowLines(rows: string | undefined): RowLines {
  return ROW_LINES.find((lines) => String(lines) === rows) ?? 1;
}

export function rowHeightPx(lines: RowLines): number {
  return lines * LINE_HEIGHT_PX + PADDING_PX;
}

/** The lines that fit into a row. */
export function linesIn(heightPx: number): number {
  return Math.max(1, Math.floor((heightPx - PADDING_PX / 2) / LINE_HEIGHT_PX));
}

/** One line is not written. */
export function writeRowLines(lines: RowLines): string | undefined {
  return lines === 1 ? undefined : String(lines);
}

/** Rows as tall as the address says, and the keys that change it. */
export function useRowLines(rows: string | undefined, onRows: (rows: string | undefined) => void): RowLines {
  const lines = parseRowLines(rows);
  const step = (by: number) => {
    const next = ROW_LINES[ROW_LINES.indexOf(lines) + by];
    if (next !== undefined) onRows(writeRowLines(next));
  };
  useShortcut("denser", () => step(-1));
  useShortcut("taller", () => step(1));
  return lines;
}
