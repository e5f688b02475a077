/** A look at one trace beside the list. */
import { X } from "lucide-react";
import { type ReactNode, useId } from "react";
import { Button, IconButton } from "@/components/Button";
import { Status } from "@/components/Status";
import { count, duration, usd } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import type { Trace } from "./live";

const words = text.traces.columns;

interface PeekProps {
  trace: Trace;
  onOpen: () => void;
  onClose: () => void;
}

export function Peek({ trace, onOpen, onClose }: PeekProps) {
  useShortcut("back", onClose);
  const titleId = useId();
  const facts: [string, ReactNode][] = [
    [words.start, fullMoment(trace.request_time_ms)],
    [words.duration, duration(trace.duration_ms)],
    [words.tokens, count(trace.usage?.total_tokens)],
    [words.cost, usd(trace.cost?.total_usd)],
    [words.spans, count(trace.span_count)],
    [words.user, trace.user],
    [words.session, trace.session],
    [words.version, trace.version_name ?? trace.version],
    [
      words.id,
      <span key="id" className="break-all font-mono text-sm">
        {trace.trace_id}
      </span>,
    ],
  ];
  return (
    <aside aria-labelledby={titleId} className="flex w-96 shrink-0 flex-col border-line border-l bg-bg">
      <header className="flex items-center gap-2 border-line border-b px-3 py-1.5">
        <Status state={trace.state} />
        <h2 id={titleId} className="min-w-0 flex-1 truncate font-semibold">
          {trace.name ?? trace.trace_id}
        </h2>
        <Button look="plain" onClick={onOpen}>
          {text.traces.openTrace}
        </Button>
        <IconButton label={text.app.close} onClick={onClose}>
          <X size={15} />
        </IconButton>
      </header>
      <div className="min-h-0 flex-1 overflow-auto p-3">
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          {facts
            .filter(([, value]) => value !== null && value !== undefined)
            .map(([label, value]) => (
              <div key={label} className="contents">
                <dt className="text-muted">{label}</dt>
                <dd className="min-w-0 break-words">{value}</dd>
              </div>
            ))}
        </dl>
        <Preview label={words.request} preview={trace.request_preview} none={text.traces.noRequestText} />
        <Preview label={words.response} preview={trace.response_preview} none={text.traces.noResponseText} />
        <p className="mt-3 text-faint text-sm">{text.traces.previewOnly}</p>
      </div>
    </aside>
  );
}

function Preview({ label, preview, none }: { label: string; preview: string | null; none: string }) {
  return (
    <section className="mt-4">
      <h3 className="mb-1 text-muted">{label}</h3>
      <p className={`whitespace-pre-wrap break-words ${preview ? "" : "text-faint"}`}>{preview ?? none}</p>
    </section>
  );
}
