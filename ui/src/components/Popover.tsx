import { type CSSProperties, type ReactNode, useEffect, useId, useRef, useState } from "react";

interface PopoverProps {
  /** Draws what opens it; spread the given properties on a button. */
  trigger: (properties: TriggerProperties) => ReactNode;
  /** Drawn while it is open. */
  children: (close: () => void) => ReactNode;
  label: string;
  align?: "start" | "end";
  className?: string;
  /** Follows a request from outside, such as a key. */
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

export interface TriggerProperties {
  popoverTarget: string;
  "aria-haspopup": "dialog";
  "aria-expanded": boolean;
  style: CSSProperties;
}

/** A layer beside a button: the platform closes it on Escape and on a click elsewhere, and gives the focus back. */
export function Popover({
  trigger,
  children,
  label,
  align = "start",
  className = "",
  open,
  onOpenChange,
}: PopoverProps) {
  const id = useId();
  const layer = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const anchor = `--anchor-${id.replace(/[^\w-]/g, "")}`;
  useEffect(() => {
    const element = layer.current;
    if (open === undefined || element === null || element.matches(":popover-open") === open) return;
    element.togglePopover(open);
  }, [open]);
  const close = () => layer.current?.hidePopover();
  return (
    <>
      {trigger({
        popoverTarget: id,
        "aria-haspopup": "dialog",
        "aria-expanded": isOpen,
        style: { anchorName: anchor } as CSSProperties,
      })}
      <div
        id={id}
        ref={layer}
        popover="auto"
        role="dialog"
        aria-label={label}
        onToggle={(event) => {
          const isNowOpen = event.newState === "open";
          setOpen(isNowOpen);
          onOpenChange?.(isNowOpen);
        }}
        style={
          {
            positionAnchor: anchor,
            positionArea: align === "start" ? "bottom span-right" : "bottom span-left",
            positionTryFallbacks: "flip-block, flip-inline, flip-block flip-inline",
          } as CSSProperties
        }
        className={`m-0 mt-1 max-h-[70vh] overflow-auto rounded-md border border-line-strong bg-bg-raised text-ink shadow-raised ${className}`}
      >
        {isOpen && children(close)}
      </div>
    </>
  );
}
