/** A conversation as cards, and what is written in each. */
import { beginningOf } from "@/payload/largeValue";
import { messageText, partText } from "@/payload/parts";
import type { Item, ToolItem } from "./queries";

export interface Card {
  readonly key: string;
  readonly item: Item;
  /** The agent, where it is another than the one before. */
  readonly newAgent: string | null;
}

/** Cards in their order. Turns of a model that only ask for tools say nothing themselves: the tools' cards show them. */
export function cardsOf(items: readonly Item[]): Card[] {
  const cards: Card[] = [];
  let before: Item | null = null;
  for (const [at, item] of items.entries()) {
    const isOther = item.depth !== (before?.depth ?? 0) || (before !== null && item.agent !== before.agent);
    cards.push({ key: `${at} ${item.kind} ${item.span_id ?? ""}`, item, newAgent: isOther ? item.agent : null });
    before = item;
  }
  return cards;
}

/** The card of a span: the last of those that it tells of, which is what it gave. */
export function cardOfSpan(cards: readonly Card[], spanId: string): number {
  const own = cards.findLastIndex(({ item }) => item.span_id === spanId);
  return own !== -1 ? own : cards.findIndex(({ item }) => item.kind === "tool" && item.asked_by === spanId);
}

/** All words of an item. */
export function itemText(item: Item): string {
  switch (item.kind) {
    case "message":
      return messageText(item);
    case "tool":
      return [
        `${item.name ?? ""}(${item.arguments == null ? "" : beginningOf(item.arguments)})`,
        item.result == null ? "" : beginningOf(item.result),
        item.error ?? "",
      ]
        .filter(Boolean)
        .join("\n");
    case "documents":
      return [item.query ?? "", ...item.documents.map(({ content }) => beginningOf(content))]
        .filter(Boolean)
        .join("\n\n");
  }
}

/** Whether a tool did what it was asked, as far as is known. */
export function toolState(item: ToolItem): "failed" | "done" | "unanswered" {
  if (item.is_error) return "failed";
  return item.result == null && item.duration_ns == null ? "unanswered" : "done";
}

/** How many characters of an item the server left out. */
export function cutChars(item: Item): number {
  switch (item.kind) {
    case "message":
      return item.parts.reduce((sum, part) => sum + (typeof part.cut_chars === "number" ? part.cut_chars : 0), 0);
    case "tool":
      return item.arguments_cut_chars + item.result_cut_chars;
    case "documents":
      return item.documents.reduce((sum, document) => sum + (document.cut_chars ?? 0), 0);
  }
}

/** About how high a card will be, before it is drawn. */
export function guessedHeightPx({ item }: Card): number {
  if (item.kind !== "message" || item.role === "system") return 44;
  const chars = item.parts.reduce((sum, part) => sum + Math.min(partText(part).length, 8_000), 0);
  return 56 + Math.min(Math.ceil(chars / 90) * 20, 2_000);
}
