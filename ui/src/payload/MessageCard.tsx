import { Bot, Settings2, UserRound, Wrench } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { text as words } from "@/text";
import { CopyButton } from "./CopyButton";
import { wholly } from "./largeValue";
import { MessagePart } from "./MessagePart";
import { messageText } from "./parts";
import { shownText } from "./shownText";

export type Message = Schemas["MessageModel"];

export const ROLE_ICONS = { system: Settings2, user: UserRound, assistant: Bot, tool: Wrench };

/** One turn of one speaker. The system's begins folded. */
export function MessageCard({ message }: { message: Message }) {
  const [isOpen, setOpen] = useState(message.role !== "system");
  const Icon = ROLE_ICONS[message.role];
  return (
    <article className="group/message rounded-md border border-line">
      <header className="flex items-center gap-2 px-3 pt-1.5 text-muted">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          className="flex items-center gap-1.5"
        >
          <Icon size={14} aria-hidden />
          <span className="font-medium">{words.payload.roles[message.role]}</span>
        </button>
        {message.name && <span className="truncate text-faint">{shownText(message.name)}</span>}
        {!isOpen && (
          <span className="min-w-0 flex-1 truncate text-faint">{shownText(messageText(message).slice(0, 200))}</span>
        )}
        <CopyButton
          text={async () => messageText(await wholly(message))}
          className="ml-auto opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100"
        />
      </header>
      {isOpen && (
        <div className="space-y-2 px-3 pb-2">
          {message.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name
            <MessagePart key={index} part={part} />
          ))}
        </div>
      )}
      {!isOpen && <div className="h-1.5" />}
    </article>
  );
}
