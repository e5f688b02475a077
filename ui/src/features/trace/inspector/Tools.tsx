import { Wrench } from "lucide-react";
import { LargeValue } from "@/payload/largeValue";
import { PlainText } from "@/payload/PlainText";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { toolsOf } from "./parts";
import type { Span } from "./queries";

/** The tools that the model was offered, with what it asked for first. */
export function Tools({ span }: { span: Span }) {
  if ((span.tools as unknown) instanceof LargeValue) return <ValueView value={span.tools} />;
  return (
    <ul className="space-y-2">
      {toolsOf(span).map((tool, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice
        <li key={at} className="rounded-md border border-line px-3 py-1.5">
          <div className="flex items-center gap-1.5">
            <Wrench size={14} className="shrink-0 text-span-tool" aria-hidden />
            <span className="min-w-0 break-words font-medium">{shownText(tool.name)}</span>
            <span className={`ml-auto shrink-0 text-sm ${tool.calls > 0 ? "" : "text-faint"}`}>
              {tool.calls > 0 ? words.inspector.called(tool.calls) : words.inspector.notCalled}
            </span>
          </div>
          {tool.description && (
            <div className="text-muted">
              <PlainText text={tool.description} />
            </div>
          )}
          {tool.parameters != null && (
            <details className="mt-1">
              <summary className="text-muted text-sm">{words.inspector.parameters}</summary>
              <ValueView value={tool.parameters} label={words.inspector.parameters} />
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
