/** One turn of one speaker. */
import { Bot, Settings2, UserRound, Wrench } from "lucide-react";
import { useState } from "react";
import type { Schemas } from "@/api/client";
import { text as words } from "@/text";
import { CopyButton } from "./CopyButton";
import { MessagePart } from "./MessagePart";
import { messageText } from "./parts";

export type Message = Schemas["MessageModel"];

const ICONS = { system: Settings2, user: UserRound, assistant: Bot, tool: Wrench };

interface MessageCardProps {
  message: Message;
  find?: string;
  /** Whether it begins folded; the system's do, if nothing else is said. */
  isFolded?: boolean;
}

export function MessageCard({ message, find = "", isFolded = message.role === "system" }: MessageCardProps) {
  const [isOpen, setOpen] = useState(!isFolded);
  const Icon = ICONS[message.role];
  const isShown = isOpen || (find !== "" && messageText(message).toLowerCase().includes(find.toLowerCase()));
  return (
    <article className="group/message rounded-md border border-line">
      <header className="flex items-center gap-2 px-3 pt-1.5 text-muted">
        <button
          type="button"
          aria-expanded={isShown}
          onClick={() => setOpen(!isOpen)}
          className="flex items-center gap-1.5"
        >
          <Icon size={14} aria-hidden />
          <span className="font-medium">{words.payload.roles[message.role]}</span>
        </button>
        {message.name && <span className="truncate text-faint">{message.name}</span>}
        {!isShown && <span className="min-w-0 flex-1 truncate text-faint">{messageText(message).slice(0, 200)}</span>}
        <CopyButton
          text={() => messageText(message)}
          className="ml-auto opacity-0 focus-visible:opacity-100 group-hover/message:opacity-100"
        />
      </header>
      {isShown && (
        <div className="space-y-2 px-3 pb-2">
          {message.parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name
            <MessagePart key={index} part={part} find={find} />
          ))}
        </div>
      )}
      {!isShown && <div className="h-1.5" />}
    </article>
  );
}
