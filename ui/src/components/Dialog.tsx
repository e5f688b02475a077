import { X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { text } from "@/text";
import { IconButton } from "./Button";
import { useModal } from "./useModal";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Buttons at the bottom. */
  actions?: ReactNode;
  className?: string;
}

/** A question in front of the page, shown while it is mounted. The platform holds the focus within. */
export function Dialog({ title, onClose, children, actions, className = "w-[440px]" }: DialogProps) {
  const element = useModal();
  const titleId = useId();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the platform closes it on Escape
    <dialog
      ref={element}
      aria-labelledby={titleId}
      onClose={onClose}
      onClick={(event) => event.target === element.current && element.current?.close()}
      className={`m-auto max-h-[85vh] max-w-[92vw] overflow-hidden rounded-lg border border-line-strong bg-bg-raised p-0 shadow-raised ${className}`}
    >
      <div className="flex max-h-[85vh] flex-col">
        <header className="flex items-center gap-2 border-line border-b px-4 py-2">
          <h2 id={titleId} className="flex-1 font-semibold">
            {title}
          </h2>
          <IconButton label={text.app.close} onClick={() => element.current?.close()}>
            <X size={15} />
          </IconButton>
        </header>
        <div className="min-h-0 overflow-auto p-4">{children}</div>
        {actions && <footer className="flex justify-end gap-2 border-line border-t px-4 py-2">{actions}</footer>}
      </div>
    </dialog>
  );
}
