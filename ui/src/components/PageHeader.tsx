import type { ReactNode } from "react";

/** The head of a page: what it shows, and what one can do with it. */
export function PageHeader({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex min-h-11 shrink-0 flex-wrap items-center gap-2 border-line border-b px-4 py-1.5">
      <h1 className="mr-2 font-semibold text-lg">{title}</h1>
      {children}
    </header>
  );
}
