import { Link } from "@tanstack/react-router";
import { duration } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import type { Span } from "./queries";

/** What happened within a span, and how long after its start. */
export function Events({ span }: { span: Span }) {
  return (
    <ol className="space-y-2">
      {span.events.map((event, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events have no other name
        <li key={at} className="rounded-md border border-line px-3 py-1.5">
          <div className="flex items-baseline gap-2">
            <span className="min-w-0 break-words font-medium">{shownText(event.name)}</span>
            <span className="ml-auto shrink-0 text-muted text-sm" title={fullMoment(event.time_ns / 1e6)}>
              {words.inspector.after(duration((event.time_ns - span.start_ns) / 1e6))}
            </span>
          </div>
          {Object.keys(event.attributes).length > 0 && <ValueView value={event.attributes} label={event.name} />}
        </li>
      ))}
    </ol>
  );
}

/** Spans of this and of other traces that a span points to. */
export function Links({ span }: { span: Span }) {
  return (
    <ul className="space-y-2">
      {span.links.map((link, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same link may come twice
        <li key={at} className="rounded-md border border-line px-3 py-1.5">
          <Link
            to="/t/$traceId"
            params={{ traceId: link.trace_id }}
            search={{ span: link.span_id }}
            className="link break-all font-mono text-sm"
          >
            {link.trace_id === span.trace_id ? words.inspector.sameTrace : link.trace_id} · {link.span_id}
          </Link>
          {Object.keys(link.attributes).length > 0 && <ValueView value={link.attributes} label={link.span_id} />}
        </li>
      ))}
    </ul>
  );
}
