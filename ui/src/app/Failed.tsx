import type { ErrorComponentProps } from "@tanstack/react-router";
import { Button } from "@/components/Button";
import { EmptyState } from "@/components/States";
import { text } from "@/text";

/** What is shown of a page whose code has failed; the rest of the interface goes on. */
export function Failed({ error, reset }: ErrorComponentProps) {
  return (
    <EmptyState title={text.app.failed} actions={<Button onClick={reset}>{text.app.retry}</Button>}>
      <pre className="whitespace-pre-wrap break-words font-mono text-sm">
        {error instanceof Error ? error.message : String(error)}
      </pre>
    </EmptyState>
  );
}
