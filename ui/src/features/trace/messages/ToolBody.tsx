import { Wrench } from "lucide-react";
import { duration } from "@/format/numbers";
import { Marked } from "@/payload/Marked";
import { PlainText } from "@/payload/PlainText";
import { argumentsLine, asLine } from "@/payload/parts";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { CardHead } from "./CardHead";
import { toolState } from "./cards";
import type { ToolItem } from "./queries";
import { useFold } from "./useFold";

interface ToolBodyProps {
  item: ToolItem;
  find: string;
  onChoose: () => void;
}

/** A tool: what it was asked and what it gave, as one. */
export function ToolBody({ item, find, onChoose }: ToolBodyProps) {
  const [isOpen, toggle] = useFold(item, find, onChoose);
  const state = toolState(item);
  return (
    <>
      <CardHead
        icon={<Wrench size={14} className="shrink-0 text-span-tool" aria-hidden />}
        title={shownText(item.name ?? words.payload.roles.tool)}
        isOpen={isOpen}
        onToggle={toggle}
        preview={isOpen || item.arguments == null ? undefined : shownText(`(${argumentsLine(item.arguments)})`)}
        facts={
          <>
            {state === "failed" && <span className="text-error">{words.state.ERROR}</span>}
            {state === "unanswered" && <span>{words.messages.unanswered}</span>}
            {item.duration_ns !== null && <span>{duration(item.duration_ns / 1e6)}</span>}
          </>
        }
        item={item}
      />
      {!isOpen && item.result != null && <Result value={item.result} find={find} />}
      {isOpen && (
        <div className="space-y-2">
          {item.arguments != null && <Side title={words.messages.arguments} value={item.arguments} find={find} />}
          {item.result != null && <Side title={words.payload.result} value={item.result} find={find} />}
        </div>
      )}
      {item.error && (
        <div className="text-error">
          <PlainText text={item.error} find={find} />
        </div>
      )}
    </>
  );
}

const PREVIEW_CHARS = 300;

/** What a tool gave, in two lines. */
function Result({ value, find }: { value: unknown; find: string }) {
  return (
    <p className="line-clamp-2 text-muted [overflow-wrap:anywhere]">
      <span className="text-faint">→ </span>
      <Marked text={asLine(value).slice(0, PREVIEW_CHARS)} find={find} />
    </p>
  );
}

function Side({ title, value, find }: { title: string; value: unknown; find: string }) {
  return (
    <section aria-label={title}>
      <h4 className="text-faint text-sm">{title}</h4>
      <ValueView value={value} label={title} find={find} />
    </section>
  );
}
