import { useSyncExternalStore } from "react";

interface Notice {
  readonly id: number;
  readonly words: string;
  readonly isError: boolean;
}

const SHOWN_MS = 4_000;
let notices: readonly Notice[] = [];
let last = 0;
const listeners = new Set<() => void>();

function change(next: readonly Notice[]) {
  notices = next;
  for (const listener of listeners) listener();
}

/** Say something for a few seconds, also to screen readers. */
export function notify(words: string, isError = false): void {
  const notice = { id: ++last, words, isError };
  change([...notices, notice]);
  setTimeout(() => change(notices.filter((other) => other !== notice)), SHOWN_MS);
}

/** Where notices appear; stands once in the page. */
export function Notices() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return (
    <div aria-live="polite" className="pointer-events-none fixed right-4 bottom-4 z-50 flex flex-col items-end gap-2">
      {shown.map((notice) => (
        <div
          key={notice.id}
          className={`rounded-md border border-line-strong bg-bg-raised px-3 py-2 shadow-raised ${notice.isError ? "text-error" : ""}`}
        >
          {notice.words}
        </div>
      ))}
    </div>
  );
}
