import type { KeyboardEvent, ReactNode } from "react";
import { Popover, type TriggerProperties } from "./Popover";

export interface MenuItem {
  key: string;
  label: ReactNode;
  icon?: ReactNode;
  hint?: ReactNode;
  danger?: boolean;
  disabled?: boolean;
  onChoose: () => void;
}

interface MenuProps {
  label: string;
  trigger: (properties: TriggerProperties) => ReactNode;
  items: readonly MenuItem[];
  align?: "start" | "end";
}

/** A list of actions beside a button; the arrow keys walk it. */
export function Menu({ label, trigger, items, align }: MenuProps) {
  return (
    <Popover label={label} trigger={trigger} align={align} className="min-w-44 p-1">
      {(close) => <MenuItems label={label} items={items} onClose={close} />}
    </Popover>
  );
}

interface MenuItemsProps {
  label: string;
  items: readonly MenuItem[];
  /** Closes what they stand in. */
  onClose: () => void;
}

/** The actions alone, for a layer of another kind. */
export function MenuItems({ label, items, onClose }: MenuItemsProps) {
  return (
    <div role="menu" aria-label={label} tabIndex={-1} onKeyDown={walk}>
      {items.map((item, index) => (
        <button
          key={item.key}
          type="button"
          role="menuitem"
          // biome-ignore lint/a11y/noAutofocus: who opens a menu goes on within it
          autoFocus={index === 0}
          disabled={item.disabled}
          onClick={() => {
            onClose();
            item.onChoose();
          }}
          className={`flex w-full items-center gap-2 rounded px-2 py-1 text-left hover:bg-bg-hover focus-visible:bg-bg-hover disabled:opacity-50 ${item.danger ? "text-error" : ""}`}
        >
          {item.icon}
          <span className="min-w-0 flex-1 truncate">{item.label}</span>
          {item.hint && <span className="text-faint text-sm">{item.hint}</span>}
        </button>
      ))}
    </div>
  );
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
  const step = steps[event.key];
  if (step === undefined && event.key !== "Home" && event.key !== "End") return;
  event.preventDefault();
  event.stopPropagation();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]:not(:disabled)")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = event.key === "Home" ? 0 : event.key === "End" ? items.length - 1 : at + (step ?? 0);
  items[(next + items.length) % items.length]?.focus();
}
