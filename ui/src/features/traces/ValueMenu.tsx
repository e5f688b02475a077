/** What can be done with a value of the list, where somebody clicked on it. */
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { MenuItem } from "@/components/Menu";
import { text } from "@/text";

interface ValueMenuProps {
  at: { xPx: number; yPx: number };
  items: readonly MenuItem[];
  onClose: () => void;
}

export function ValueMenu({ at, items, onClose }: ValueMenuProps) {
  const layer = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = layer.current;
    if (element === null) return;
    element.showPopover();
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(4, Math.min(at.xPx, innerWidth - width - 4))}px`;
    element.style.top = `${Math.max(4, Math.min(at.yPx, innerHeight - height - 4))}px`;
    element.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [at]);
  return (
    <div
      ref={layer}
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={text.table.cellMenu}
      onToggle={(event) => event.newState === "closed" && onClose()}
      onKeyDown={walk}
      className="fixed inset-auto m-0 min-w-48 max-w-96 rounded-md border border-line-strong bg-bg-raised p-1 text-ink shadow-raised"
    >
      {items.map((item) => (
        <button
          key={item.key}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            layer.current?.hidePopover();
            item.onChoose();
          }}
          className="flex w-full items-center gap-2 rounded px-2 py-1 text-left hover:bg-bg-hover focus-visible:bg-bg-hover"
        >
          {item.icon}
          <span className="min-w-0 flex-1 truncate">{item.label}</span>
        </button>
      ))}
    </div>
  );
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined) return;
  event.preventDefault();
  event.stopPropagation();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  items[(at + step + items.length) % items.length]?.focus();
}
