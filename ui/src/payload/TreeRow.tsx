import { ChevronDown, ChevronRight } from "lucide-react";
import { memo } from "react";
import { count } from "@/format/numbers";
import { text as words } from "@/text";
import { Marked } from "./Marked";
import { ROW_PX } from "./scrolling";
import { shownText } from "./shownText";
import { INLINE_CHARS, type Row } from "./tree";

const INDENT_PX = 14;

interface TreeRowProps {
  row: Row;
  id: string;
  topPx: number;
  isActive: boolean;
  find: string;
  isText: boolean;
  onChoose: (index: number, isToggling: boolean) => void;
  onHover: (index: number) => void;
}

/** A row of a value: a name and what it holds, or a line of a text. */
export const TreeRow = memo(function TreeRow({
  row,
  id,
  topPx,
  isActive,
  find,
  isText,
  onChoose,
  onHover,
}: TreeRowProps) {
  const isToggling = row.isOpen !== null || row.kind === "more";
  return (
    // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the tree has the focus and the keys
    <div
      id={id}
      role="treeitem"
      aria-label={row.kind === "line" && row.text.trim() === "" ? words.payload.emptyLine : undefined}
      aria-level={row.depth + 1}
      aria-expanded={row.isOpen ?? undefined}
      aria-selected={isActive}
      aria-posinset={row.at + 1}
      aria-setsize={row.siblings}
      onClick={() => onChoose(row.index, isToggling)}
      onPointerEnter={() => onHover(row.index)}
      style={{ top: topPx, height: ROW_PX, paddingLeft: (isText ? 4 : 18) + row.depth * INDENT_PX }}
      className={`absolute inset-x-0 whitespace-pre pr-2 ${isActive ? "bg-bg-selected" : "hover:bg-bg-hover"}`}
    >
      {row.isOpen !== null && (
        <span className="-ml-4 inline-flex w-4 align-[-2px] text-faint">
          {row.isOpen ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
        </span>
      )}
      {row.key !== null && (
        <span className="text-muted">
          <Marked text={String(row.key)} find={find} />
          {": "}
        </span>
      )}
      <RowValue row={row} find={find} />
    </div>
  );
});

function RowValue({ row, find }: { row: Row; find: string }) {
  switch (row.kind) {
    case "object":
      return <ObjectValue row={row} find={find} />;
    case "array":
      return <span className="text-faint">{row.count === 0 ? "[]" : `[ ${count(row.count)} ]`}</span>;
    case "range":
      return <span className="text-faint">{shownText(row.text)}</span>;
    case "string":
      return <StringValue row={row} find={find} />;
    case "line":
      return <Marked text={row.text} find={find} />;
    case "more":
      return <span className="link">{words.payload.showAllLines(row.count)}</span>;
    case "null":
      return <span className="text-faint">null</span>;
    default:
      return <Marked text={row.text} find={find} />;
  }
}

/** How many fields an object has, and the first of them while it is closed. */
function ObjectValue({ row, find }: { row: Row; find: string }) {
  if (row.count === 0) return <span className="text-faint">{"{}"}</span>;
  return (
    <span className="text-faint">
      {`{ ${count(row.count)} }`}
      {row.isOpen === false && row.text !== "" && (
        <span className="ml-2">
          <Marked text={row.text} find={find} />
        </span>
      )}
    </span>
  );
}

function StringValue({ row, find }: { row: Row; find: string }) {
  if (row.isOpen) return <span className="text-faint">{words.payload.chars(row.count)}</span>;
  const isCut = row.count > INLINE_CHARS;
  return (
    <>
      <span className="text-faint">"</span>
      <Marked text={row.text} find={find} />
      <span className="text-faint">{isCut ? `… ${words.payload.chars(row.count)}` : '"'}</span>
    </>
  );
}
