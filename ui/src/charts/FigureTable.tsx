import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

export interface FigureColumn<R> {
  readonly header: string;
  readonly cell: (row: R) => ReactNode;
  /** What the cell counts. */
  readonly link?: (row: R) => LinkProps | null;
  /** The first is text, all others are numbers. */
  readonly isText?: boolean;
}

/** A short table of figures; each number is a link to what it counts. */
export function FigureTable<R>(props: {
  label: string;
  rows: readonly R[];
  columns: readonly FigureColumn<R>[];
  rowKey: (row: R) => string;
  /** Whether it takes the room of all its rows, instead of a few at a time. */
  isLong?: boolean;
}) {
  const { label, rows, columns, rowKey, isLong = false } = props;
  return (
    <div className={isLong ? "overflow-x-auto" : "max-h-80 overflow-auto"}>
      <table aria-label={label} className="w-full border-collapse">
        <thead className="sticky top-0 bg-bg-raised">
          <tr className="text-muted text-sm">
            {columns.map(({ header, isText }) => (
              <th
                key={header}
                scope="col"
                className={`h-7 border-line border-b px-2 font-normal first:pl-0 whitespace-nowrap ${isText ? "text-left" : "text-right"}`}
              >
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)} className="hover:bg-bg-hover">
              {columns.map((column) => (
                <td
                  key={column.header}
                  className={`h-7 px-2 first:pl-0 ${column.isText ? "w-full max-w-0 truncate" : "whitespace-nowrap text-right"}`}
                >
                  <Cell column={column} row={row} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell<R>({ column, row }: { column: FigureColumn<R>; row: R }) {
  const link = column.link?.(row) ?? null;
  const content = column.cell(row);
  if (link === null) return content;
  return (
    <Link {...link} className="text-ink no-underline hover:underline">
      {content}
    </Link>
  );
}
