import { Expand, Shrink } from "lucide-react";
import { IconButton } from "@/components/Button";
import { JsonView } from "@/payload/JsonView";
import { LargeValue } from "@/payload/largeValue";
import { MessageCard } from "@/payload/MessageCard";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { AssessmentsPanel } from "./AssessmentsPanel";
import { AttributeTable } from "./AttributeTable";
import { Documents } from "./Documents";
import { Events, Links } from "./Events";
import type { Part } from "./parts";
import type { LoadedSpan, Span } from "./queries";
import { ValueOrNone } from "./Section";
import { Tools } from "./Tools";

interface SpanPartProps {
  loaded: LoadedSpan;
  part: Part;
  /** As the address says: `input` and `output` show one of the two alone. */
  wanted: string | undefined;
  onPart: (part: string) => void;
  experimentId: string;
  isAdding: boolean;
  onAdding: (isAdding: boolean) => void;
}

/** The chosen part of a span. */
export function SpanPart({ loaded, part, wanted, onPart, experimentId, isAdding, onAdding }: SpanPartProps) {
  const { span, whole } = loaded;
  switch (part) {
    case "messages":
      return <Messages span={span} />;
    case "content":
      return <Content span={span} wanted={wanted} onPart={onPart} />;
    case "documents":
      return <Documents documents={span.documents} />;
    case "tools":
      return <Tools span={span} />;
    case "attributes":
      return <AttributeTable span={span} experimentId={experimentId} />;
    case "events":
      return <Events span={span} />;
    case "assessments":
      return <AssessmentsPanel spanId={span.span_id} isAdding={isAdding} onAdding={onAdding} />;
    case "links":
      return <Links span={span} />;
    case "raw":
      return <JsonView value={whole} label={words.inspector.parts.raw} isFilling />;
  }
}

const SHOWN_MESSAGES = 100;

/** The chat of a call: what the model was given and what it gave. */
function Messages({ span }: { span: Span }) {
  const sides = [span.input_messages, span.output_messages];
  return (
    <div className="space-y-2">
      {sides.map((messages, side) => {
        if ((messages as unknown) instanceof LargeValue) return <ValueView key={SIDES[side]} value={messages} />;
        const first = Math.max(0, messages.length - SHOWN_MESSAGES);
        return (
          <section key={SIDES[side]} aria-label={words.inspector[SIDES[side] ?? "input"]} className="space-y-2">
            {first > 0 && <p className="text-muted">{words.inspector.earlierMessages(first)}</p>}
            {messages.slice(first).map((message, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: messages have no other name
              <MessageCard key={first + at} message={message} />
            ))}
          </section>
        );
      })}
    </div>
  );
}

const SIDES = ["input", "output"] as const;

interface ContentProps {
  span: Span;
  wanted: string | undefined;
  onPart: (part: string) => void;
}

/** Input and output, or one of them alone. */
function Content({ span, wanted, onPart }: ContentProps) {
  const alone = SIDES.find((side) => side === wanted);
  return (
    <div className={alone ? "flex min-h-0 flex-1 flex-col" : "space-y-4"}>
      {SIDES.filter((side) => alone === undefined || side === alone).map((side) => (
        <Side
          key={side}
          title={words.inspector[side]}
          value={side === "input" ? span.inputs : span.outputs}
          none={side === "output" && span.end_ns === null ? words.inspector.notYet : words.inspector.nothing}
          isAlone={alone !== undefined}
          onAlone={() => onPart(alone ? "content" : side)}
        />
      ))}
    </div>
  );
}

interface SideProps {
  title: string;
  value: unknown;
  none: string;
  isAlone: boolean;
  onAlone: () => void;
}

function Side({ title, value, none, isAlone, onAlone }: SideProps) {
  return (
    <section aria-label={title} className={isAlone ? "flex min-h-0 flex-1 flex-col" : ""}>
      <div className="mb-1 flex items-center gap-2">
        <h3 className="font-medium text-muted">{title}</h3>
        <IconButton label={isAlone ? words.inspector.showBoth : words.inspector.showAlone(title)} onClick={onAlone}>
          {isAlone ? <Shrink size={13} aria-hidden /> : <Expand size={13} aria-hidden />}
        </IconButton>
      </div>
      <ValueOrNone value={value} label={title} none={none} isFilling={isAlone} />
    </section>
  );
}
