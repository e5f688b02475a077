import { memo, type ReactNode } from "react";
import { isPlainClick } from "@/keys/clicks";
import { text } from "@/text";
import type { ShownColumn } from "./columns";

export interface RowEvents {
  /** A click that follows the row's link, or means it. */
  open: (key: string) => void;
  check: (key: string, isRange: boolean) => void;
  focus: (key: string) => void;
}

interface BodyRowProps<R> {
  id: string;
  row: R;
  index: number;
  topPx: number;
  heightPx: number;
  columns: readonly ShownColumn<R>[];
  linkId: string | undefined;
  isOneLine: boolean;
  href: string | null;
  group: ReactNode | null;
  isSelected: boolean;
  isActive: boolean;
  isTabStop: boolean;
  hasCheckboxes: boolean;
  /** The same object for all rows, for good. */
  events: RowEvents;
}

const ROW =
  "group/row absolute inset-x-0 border-line border-b outline-offset-[-2px] hover:bg-bg-hover aria-selected:bg-bg-selected data-active:bg-bg-hover aria-selected:data-active:bg-bg-selected";
const GRID = "grid [grid-template-columns:var(--tracks)]";

function Row<R>(props: BodyRowProps<R>) {
  const { id, index, columns, hasCheckboxes, events } = props;
  const shared = {
    role: "row",
    "aria-rowindex": index + 2,
    "aria-selected": hasCheckboxes && props.group === null ? props.isSelected : undefined,
    "data-row": id,
    "data-active": props.isActive || undefined,
    tabIndex: props.isTabStop ? 0 : -1,
    onFocus: () => events.focus(id),
    style: { transform: `translateY(${props.topPx}px)`, height: props.heightPx },
  };
  if (props.group !== null) {
    return (
      <div {...shared} className={`${ROW} flex items-center`}>
        {/* biome-ignore lint/a11y/useSemanticElements: see DataTable */}
        <div role="gridcell" tabIndex={-1} className="min-w-0 flex-1" aria-colspan={columns.length}>
          {props.group}
        </div>
      </div>
    );
  }
  return (
    <div {...shared} className={`${ROW} ${GRID} ${props.isOneLine ? "items-center" : "items-start pt-1"}`}>
      {hasCheckboxes && (
        // biome-ignore lint/a11y/useSemanticElements: see DataTable
        <div
          role="gridcell"
          tabIndex={-1}
          className={`relative z-10 flex h-full justify-center ${props.isOneLine ? "items-center" : "items-start pt-1"}`}
        >
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={text.table.selectRow}
            checked={props.isSelected}
            onChange={() => undefined}
            onClick={(event) => events.check(id, event.shiftKey)}
          />
        </div>
      )}
      {columns.map((column) => (
        <Cell key={column.id} column={column} {...props} />
      ))}
    </div>
  );
}

interface CellProps<R> extends BodyRowProps<R> {
  column: ShownColumn<R>;
}

function Cell<R>({ column, id, row, linkId, href, isOneLine, events }: CellProps<R>) {
  const content = column.cell(row);
  const isLink = column.id === linkId && href !== null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see DataTable
    <div
      role="gridcell"
      tabIndex={-1}
      data-column={column.id}
      className={`min-w-0 px-2 outline-offset-[-2px] ${column.align === "end" ? "text-right" : ""}`}
    >
      <div className={isOneLine || !column.wraps ? "truncate" : "line-clamp-(--lines) break-words"}>
        {isLink ? (
          // The link covers the row, so that the browser does with a row what it does with links.
          <a
            href={href}
            tabIndex={-1}
            className="no-underline after:absolute after:inset-0"
            onClick={(event) => {
              if (!isPlainClick(event)) return;
              event.preventDefault();
              events.open(id);
            }}
          >
            {content}
          </a>
        ) : (
          content
        )}
      </div>
    </div>
  );
}

/** A row is drawn anew only where its own data changes, not with every step of scrolling. */
export const BodyRow = memo(Row, (before, after) => {
  for (const key of Object.keys(after) as (keyof typeof after)[]) if (before[key] !== after[key]) return false;
  return true;
}) as typeof Row;
