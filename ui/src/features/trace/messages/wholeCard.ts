/** Puts back what was cut from a card. */
import { beginningOf } from "@/payload/largeValue";
import type { Message } from "@/payload/MessageCard";
import type { Span } from "../inspector/queries";
import type { Card } from "./cards";
import type { DocumentsItem, MessageItem, ToolItem } from "./queries";

type RawPart = Record<string, unknown>;

/** The card with all that its spans say; null where they do not have what it begins with. */
export function wholeCard(card: Card, spans: readonly Span[]): Card | null {
  const { item } = card;
  const whole =
    item.kind === "message"
      ? wholeMessage(item, spans)
      : item.kind === "tool"
        ? wholeTool(item, spans)
        : wholeDocuments(item, spans);
  return whole === null ? null : { ...card, item: whole };
}

function wholeMessage(item: MessageItem, spans: readonly Span[]): MessageItem | null {
  const parts = spans
    .flatMap(messagesOf)
    .filter(({ role }) => role === item.role)
    .flatMap((message) => message.parts);
  const whole = item.parts.map((part) => (part.cut_chars ? parts.find((other) => beginsAlike(part, other)) : part));
  return whole.includes(undefined) ? null : { ...item, parts: whole as RawPart[] };
}

function messagesOf(span: Span): Message[] {
  return [span.input_messages, span.output_messages].flatMap((messages) => (Array.isArray(messages) ? messages : []));
}

/** Whether a part is the whole of one that was cut. */
function beginsAlike(cut: RawPart, whole: RawPart): boolean {
  if (cut.type !== whole.type) return false;
  if (cut.type === "media") return cut.kind === whole.kind && cut.media_type === whole.media_type;
  const field = cut.type === "other" ? "value" : "text";
  return beginningOf(whole[field]).startsWith(beginningOf(cut[field]).slice(0, 1_000));
}

function wholeTool(item: ToolItem, spans: readonly Span[]): ToolItem | null {
  const own = spans.find(({ span_id: id }) => id === item.span_id && id !== item.asked_by);
  const parts = spans.flatMap(messagesOf).flatMap((message) => message.parts);
  const call = parts.find(
    (part) => part.type === "tool_call" && part.call_id === item.call_id && item.call_id !== null,
  );
  const answer = parts.find(
    (part) => part.type === "tool_result" && part.call_id === item.call_id && item.call_id !== null,
  );
  const given = item.arguments_cut_chars > 0 ? (own?.inputs ?? call?.arguments) : item.arguments;
  const result = item.result_cut_chars > 0 ? (own?.outputs ?? answer?.result) : item.result;
  if ((item.arguments_cut_chars > 0 && given == null) || (item.result_cut_chars > 0 && result == null)) return null;
  return { ...item, arguments: given, result, arguments_cut_chars: 0, result_cut_chars: 0 };
}

function wholeDocuments(item: DocumentsItem, spans: readonly Span[]): DocumentsItem | null {
  const found = spans.find(({ span_id: id }) => id === item.span_id)?.documents;
  if (!Array.isArray(found) || found.length !== item.documents.length) return null;
  return { ...item, documents: found.map((document) => ({ ...document, cut_chars: 0 })) };
}
