/** What stands where there is nothing, nothing yet, or something went wrong. */
import type { ReactNode } from "react";
import { ApiProblem } from "@/api/client";
import { text } from "@/text";
import { Button } from "./Button";

export function EmptyState({ title, children, actions }: { title: string; children?: ReactNode; actions?: ReactNode }) {
  return (
    <div className="mx-auto flex max-w-xl flex-col items-start gap-3 px-6 py-12">
      <h2 className="font-semibold text-lg">{title}</h2>
      {children && <div className="text-muted">{children}</div>}
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  );
}

/** A call that failed: in the server's words, with a way on. */
export function Problem({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const words =
    error instanceof ApiProblem && error.status === 0
      ? text.app.noServer
      : error instanceof Error
        ? error.message
        : String(error);
  return (
    <div role="alert" className="m-4 flex items-start gap-3 rounded-md border border-line bg-error-soft px-3 py-2">
      <div className="min-w-0 flex-1 break-words text-error">{words}</div>
      {onRetry && <Button onClick={onRetry}>{text.app.retry}</Button>}
    </div>
  );
}

/** Rows that are on their way: same height as what comes, so that nothing jumps. */
export function SkeletonRows({ rows = 12, rowHeightPx = 32 }: { rows?: number; rowHeightPx?: number }) {
  return (
    <div role="status" aria-label={text.app.loading} className="animate-pulse">
      {Array.from({ length: rows }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={index} style={{ height: rowHeightPx }} className="flex items-center gap-4 border-line border-b px-4">
          <div className="h-2.5 rounded bg-bg-hover" style={{ width: `${18 + ((index * 7) % 12)}%` }} />
          <div className="h-2.5 rounded bg-bg-hover" style={{ width: `${28 + ((index * 5) % 20)}%` }} />
        </div>
      ))}
    </div>
  );
}
