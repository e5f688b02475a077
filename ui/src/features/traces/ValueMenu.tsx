/** What can be done with a value of the list, where somebody clicked on it. */
import { useEffect, useRef } from "react";
import { type MenuItem, MenuItems } from "@/components/Menu";
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
      onToggle={(event) => event.newState === "closed" && onClose()}
      className="fixed inset-auto m-0 min-w-48 max-w-96 rounded-md border border-line-strong bg-bg-raised p-1 text-ink shadow-raised"
    >
      <MenuItems label={text.table.cellMenu} items={items} onClose={() => layer.current?.hidePopover()} />
    </div>
  );
}
