import { CircleAlert } from "lucide-react";
import { CopyButton } from "@/payload/CopyButton";
import { PlainText } from "@/payload/PlainText";
import { shownText } from "@/payload/shownText";
import { text as words } from "@/text";
import type { SpanError } from "./parts";

/** Why a span failed; exceptions of a span that went on are told the same, but not in red. */
export function ErrorCards({ errors, isError }: { errors: readonly SpanError[]; isError: boolean }) {
  return (
    <div className="mb-3 shrink-0 space-y-2">
      {errors.map((error, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: errors have no other name
        <ErrorCard key={at} error={error} isError={isError} />
      ))}
    </div>
  );
}

function ErrorCard({ error, isError }: { error: SpanError; isError: boolean }) {
  const { type, message, stack } = error;
  const title = type || (message ? "" : words.state.ERROR);
  return (
    <article className={`rounded-md border border-line px-3 py-2 ${isError ? "bg-error-soft" : "bg-bg-sunken"}`}>
      <div className="flex items-start gap-2">
        <CircleAlert size={14} className={`mt-0.5 shrink-0 ${isError ? "text-error" : "text-muted"}`} aria-hidden />
        <div className={`min-w-0 flex-1 ${isError ? "text-error" : ""}`}>
          {title && <div className="break-words font-semibold">{shownText(title)}</div>}
          <PlainText text={message} />
        </div>
        <CopyButton text={() => [[type, message].filter(Boolean).join(": "), stack].filter(Boolean).join("\n\n")} />
      </div>
      {stack && (
        <details open={stack.length < 4_000} className="mt-1">
          <summary className="text-muted text-sm">{words.inspector.stack}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
          <section tabIndex={0} aria-label={words.inspector.stack} className="mt-1 max-h-52 overflow-auto">
            <PlainText text={stack} className="font-mono text-sm" />
          </section>
        </details>
      )}
    </article>
  );
}
