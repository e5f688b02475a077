import { Brain, CornerDownRight, Wrench } from "lucide-react";
import { type ReactNode, useState } from "react";
import { text as words } from "@/text";
import { beginningOf, LargeValue } from "./largeValue";
import { Markdown } from "./Markdown";
import { MediaPart } from "./MediaPart";
import { PlainText } from "./PlainText";
import { argumentsLine, asLine, partOf } from "./parts";
import { holds, shownText } from "./shownText";
import { ValueView } from "./ValueView";

interface MessagePartProps {
  part: Record<string, unknown>;
  find?: string;
  /** Words as they are instead of Markdown. */
  isPlain?: boolean;
}

/** A part of a message, by its type; one that nobody knows is shown as it came. */
export function MessagePart({ part: raw, find = "", isPlain = false }: MessagePartProps) {
  const part = partOf(raw);
  switch (part.type) {
    case "text":
      return <Words text={part.text ?? ""} find={find} isPlain={isPlain} />;
    case "reasoning":
      return <Thinking text={part.text ?? ""} find={find} />;
    case "tool_call":
      return (
        <Folded
          icon={<Wrench size={14} className="text-span-tool" aria-hidden />}
          title={part.name ?? ""}
          summary={argumentsLine(part.arguments)}
        >
          <ValueView value={part.arguments} find={find} />
        </Folded>
      );
    case "tool_result":
      return (
        <Folded
          icon={<CornerDownRight size={14} className="text-muted" aria-hidden />}
          title={part.name || words.payload.result}
          summary={asLine(part.result).slice(0, 200)}
          startsOpen
        >
          <ValueView value={part.result} find={find} />
        </Folded>
      );
    case "media":
      return <MediaPart kind={part.kind ?? "file"} url={part.url} mediaType={part.media_type} />;
    default:
      return <ValueView value={part.value ?? raw} find={find} />;
  }
}

interface WordsProps {
  text: string | LargeValue;
  find: string;
  isPlain?: boolean;
}

function Words({ text, find, isPlain = false }: WordsProps) {
  if (text instanceof LargeValue) return <ValueView value={text} find={find} />;
  return isPlain ? <PlainText text={text} find={find} /> : <Markdown text={text} find={find} />;
}

/** What a model thought: folded, and quieter than what it said. */
function Thinking({ text, find }: WordsProps) {
  return (
    <Folded
      icon={<Brain size={14} className="text-faint" aria-hidden />}
      title={words.payload.thinking}
      summary={asLine(text).slice(0, 200)}
      startsOpen={holds(beginningOf(text), find)}
    >
      <div className="text-muted">
        <Words text={text} find={find} />
      </div>
    </Folded>
  );
}

interface FoldedProps {
  icon: ReactNode;
  title: string;
  summary: string;
  startsOpen?: boolean;
  children: ReactNode;
}

function Folded({ icon, title, summary, startsOpen = false, children }: FoldedProps) {
  const [isOpen, setOpen] = useState(startsOpen);
  return (
    <div className="min-w-0">
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        className="flex w-full min-w-0 items-center gap-1.5 text-left hover:bg-bg-hover"
      >
        {icon}
        <span className="shrink-0 font-medium">{shownText(title)}</span>
        {!isOpen && <span className="min-w-0 truncate text-faint">{shownText(summary)}</span>}
      </button>
      {isOpen && <div className="ml-5 min-w-0 pt-1">{children}</div>}
    </div>
  );
}
