import { count, duration, usd } from "@/format/numbers";
import { ROLE_ICONS } from "@/payload/MessageCard";
import { MessagePart } from "@/payload/MessagePart";
import { messageText } from "@/payload/parts";
import { shownText } from "@/payload/shownText";
import { text as words } from "@/text";
import { CardHead } from "./CardHead";
import type { MessageItem } from "./queries";
import { useFold } from "./useFold";

interface MessageBodyProps {
  item: MessageItem;
  isPlain: boolean;
  find: string;
  onChoose: () => void;
}

/** What somebody said. The system's words begin folded. */
export function MessageBody({ item, isPlain, find, onChoose }: MessageBodyProps) {
  const isFoldable = item.role === "system" || item.role === "tool";
  const [isOpen, toggle] = useFold(item, find, onChoose, !isFoldable);
  const Icon = ROLE_ICONS[item.role];
  return (
    <>
      <CardHead
        icon={<Icon size={14} className="shrink-0 text-muted" aria-hidden />}
        title={words.payload.roles[item.role]}
        isOpen={isFoldable ? isOpen : null}
        onToggle={toggle}
        preview={isOpen ? (item.name ? shownText(item.name) : undefined) : shownText(messageText(item).slice(0, 300))}
        facts={<Facts item={item} />}
        item={item}
      />
      {isOpen && (
        <div className="space-y-2">
          {item.parts.map((part, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name
            <MessagePart key={at} part={part} find={find} isPlain={isPlain} />
          ))}
        </div>
      )}
      {item.parts.length === 0 && item.tool_calls > 0 && (
        <p className="text-faint">{words.messages.asksForTools(item.tool_calls)}</p>
      )}
      {item.error && <p className="whitespace-pre-wrap break-words text-error">{shownText(item.error)}</p>}
    </>
  );
}

/** The call of the model that ends with a message. */
function Facts({ item }: { item: MessageItem }) {
  const { model, usage, cost_usd: costUsd, duration_ns: durationNs, finish_reason: reason } = item;
  const isOdd =
    reason !== null && reason !== "stop" && reason !== "tool_calls" && reason !== "tool_call" && reason !== "end_turn";
  return (
    <>
      {isOdd && <span>{reason}</span>}
      {model !== null && <span>{model}</span>}
      {usage !== null && <span>{words.inspector.tokens(count(usage.input_tokens), count(usage.output_tokens))}</span>}
      {costUsd !== null && <span>{usd(costUsd)}</span>}
      {durationNs !== null && <span>{duration(durationNs / 1e6)}</span>}
    </>
  );
}
