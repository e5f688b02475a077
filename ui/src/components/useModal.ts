import { type RefObject, useEffect, useRef } from "react";

/** Show a dialog in front of the page while it is mounted, with the focus in its first field, if it has one. */
export function useModal(): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>("input, select, textarea")?.focus();
  }, []);
  return dialog;
}
