import { text as words } from "@/text";
import { Exchange } from "../inspector/Exchange";

/** A trace without a chat: what its root was given and what it gave. */
export function NoConversation() {
  return (
    <div className="h-full space-y-4 overflow-auto p-3">
      <p className="text-muted">{words.messages.none}</p>
      <Exchange request={words.inspector.input} response={words.inspector.output} />
    </div>
  );
}
