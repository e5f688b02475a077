import type { ReactNode } from "react";
import { CopyButton } from "@/payload/CopyButton";
import { wholly } from "@/payload/largeValue";
import { itemText } from "./cards";
import type { Item } from "./queries";

interface CardHeadProps {
  icon: ReactNode;
  title: ReactNode;
  /** Whether what is below is shown; null where it always is. */
  isOpen?: boolean | null;
  onToggle?: () => void;
  /** A line of what is below, while that is not shown. */
  preview?: ReactNode;
  /** Small facts at the end. */
  facts?: ReactNode;
  /** What is copied. */
  item: Item;
}

export function CardHead({ icon, title, isOpen = null, onToggle, preview, facts, item }: CardHeadProps) {
  const name = (
    <>
      {icon}
      <span className="shrink-0 font-medium">{title}</span>
      {preview !== undefined && <span className="min-w-0 truncate text-faint">{preview}</span>}
    </>
  );
  return (
    <header className="flex min-h-7 items-center gap-2">
      {isOpen === null ? (
        <span className="flex min-w-0 flex-1 items-center gap-1.5">{name}</span>
      ) : (
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={onToggle}
          className="flex min-w-0 flex-1 items-center gap-1.5 text-left"
        >
          {name}
        </button>
      )}
      {facts !== undefined && <span className="flex shrink-0 gap-2.5 text-muted text-sm">{facts}</span>}
      <CopyButton
        text={async () => itemText(await wholly(item))}
        className="opacity-0 focus-visible:opacity-100 group-hover/card:opacity-100"
      />
    </header>
  );
}
