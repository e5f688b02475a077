/** What keys do in a tree that has the focus. */
import type { Row } from "./tree";

export type Step =
  | { do: "go"; index: number }
  | { do: "toggle"; index: number }
  | { do: "parent"; index: number }
  | { do: "copy"; index: number };

interface Keyed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The step that a key means at a row; null where it means none. */
export function stepOf(event: Keyed, row: Row | null, total: number, pageRows: number): Step | null {
  const at = row?.index ?? -1;
  if (event.ctrlKey || event.metaKey) {
    const isCopy = event.key.toLowerCase() === "c" && row !== null && getSelection()?.isCollapsed !== false;
    return isCopy ? { do: "copy", index: at } : null;
  }
  if (event.altKey) return null;
  const go = (index: number): Step => ({ do: "go", index: Math.max(0, Math.min(index, total - 1)) });
  switch (event.key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "PageDown":
      return go(at + pageRows);
    case "PageUp":
      return go(at - pageRows);
    case "Home":
      return go(0);
    case "End":
      return go(total - 1);
    case "Enter":
    case " ":
      return row !== null && (row.isOpen !== null || row.kind === "more") ? { do: "toggle", index: at } : null;
    case "ArrowRight":
      if (row === null) return go(0);
      if (row.isOpen === false) return { do: "toggle", index: at };
      return row.isOpen ? go(at + 1) : { do: "go", index: at };
    case "ArrowLeft":
      if (row === null) return go(0);
      return row.isOpen ? { do: "toggle", index: at } : { do: "parent", index: at };
    default:
      return null;
  }
}
