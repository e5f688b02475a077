import { ChevronsDownUp, ChevronsUpDown, Copy, Route } from "lucide-react";
import type { ReactNode } from "react";
import { text as words } from "@/text";
import { ROW_PX } from "./scrolling";
import type { Row } from "./tree";

interface RowActionsProps {
  row: Row;
  topPx: number;
  onCopyValue: () => void;
  onCopyPath: () => void;
  onOpenBelow: () => void;
  onCloseBelow: () => void;
}

/** What can be done with the row under the pointer, at its right end. */
export function RowActions({ row, topPx, ...on }: RowActionsProps) {
  const isBranch = row.kind === "object" || row.kind === "array" || row.kind === "range";
  return (
    <div className="sticky right-0 z-10 h-0 text-right">
      <div
        style={{ top: topPx, height: ROW_PX }}
        className="absolute right-1 inline-flex items-center rounded bg-bg-raised shadow-[0_0_0_1px_var(--line)]"
      >
        {isBranch && row.count > 0 && (
          <>
            <Action label={words.payload.openBelow} onChoose={on.onOpenBelow}>
              <ChevronsUpDown size={13} aria-hidden />
            </Action>
            <Action label={words.payload.closeBelow} onChoose={on.onCloseBelow}>
              <ChevronsDownUp size={13} aria-hidden />
            </Action>
          </>
        )}
        {row.kind !== "more" && (
          <Action label={words.payload.copyValue} onChoose={on.onCopyValue}>
            <Copy size={13} aria-hidden />
          </Action>
        )}
        {row.key !== null && (
          <Action label={words.payload.copyPath} onChoose={on.onCopyPath}>
            <Route size={13} aria-hidden />
          </Action>
        )}
      </div>
    </div>
  );
}

function Action({ label, onChoose, children }: { label: string; onChoose: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      onClick={onChoose}
      className="inline-flex h-full w-6 items-center justify-center text-muted hover:bg-bg-hover hover:text-ink"
    >
      {children}
    </button>
  );
}
