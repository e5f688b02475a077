import { type ReactNode, useMemo } from "react";
import { shownText } from "@/payload/shownText";
import { text as words } from "@/text";
import { type Card, cutChars } from "./cards";
import { DocumentsBody } from "./DocumentsBody";
import { MessageBody } from "./MessageBody";
import { ToolBody } from "./ToolBody";
import { useWhole } from "./useWhole";

interface ConversationCardProps {
  traceId: string;
  card: Card;
  isActive: boolean;
  isPlain: boolean;
  find: string;
  onChoose: () => void;
}

const INDENT_PX = 20;
const MAX_INDENTS = 8;

/** A card of the conversation. What happens within another agent is indented. */
export function ConversationCard({ traceId, card, isActive, isPlain, find, onChoose }: ConversationCardProps) {
  const { item, newAgent } = card;
  const folded = item.kind === "message" ? item.folded_messages : 0;
  return (
    <div style={{ marginLeft: Math.min(item.depth, MAX_INDENTS) * INDENT_PX }}>
      {newAgent !== null && <div className="pb-1 font-medium text-span-agent text-sm">{shownText(newAgent)}</div>}
      {folded > 0 && <Folded count={folded} />}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: j and k choose cards, and what is within are buttons */}
      <article
        aria-current={isActive || undefined}
        onClick={(event) => {
          if (!(event.target as HTMLElement).closest("button, a, summary, input, [role=tree]")) onChoose();
        }}
        className={`group/card rounded-md border bg-bg-raised px-3 py-1.5 ${isActive ? "border-accent" : "border-line"}`}
      >
        <Body card={card} isPlain={isPlain} find={find} traceId={traceId} onChoose={onChoose} />
      </article>
    </div>
  );
}

function Folded({ count }: { count: number }) {
  return <div className="pb-1 text-faint text-sm">{words.messages.folded(count)}</div>;
}

interface BodyProps {
  traceId: string;
  card: Card;
  isPlain: boolean;
  find: string;
  onChoose: () => void;
}

function Body({ traceId, card, isPlain, find, onChoose }: BodyProps) {
  const cut = useMemo(() => cutChars(card.item), [card]);
  const { whole, load, isLoading } = useWhole(traceId, card);
  const { item } = whole ?? card;
  let body: ReactNode;
  if (item.kind === "message") body = <MessageBody item={item} isPlain={isPlain} find={find} onChoose={onChoose} />;
  else if (item.kind === "tool") body = <ToolBody item={item} find={find} onChoose={onChoose} />;
  else body = <DocumentsBody item={item} find={find} onChoose={onChoose} />;
  return (
    <>
      {body}
      {cut > 0 && whole === null && (
        <button type="button" className="link" disabled={isLoading} onClick={load}>
          {words.messages.showCut(cut)}
        </button>
      )}
    </>
  );
}
