import { describe, expect, it } from "vitest";
import { holds } from "@/payload/shownText";
import type { Span } from "../inspector/queries";
import { cardOfSpan, cardsOf, cutChars, itemText, toolState } from "./cards";
import type { MessageItem, ToolItem } from "./queries";
import { wholeCard } from "./wholeCard";

const message = (given: Partial<MessageItem>): MessageItem => ({
  kind: "message",
  span_id: "llm1",
  time_ns: 1,
  depth: 0,
  agent: null,
  is_error: false,
  error: null,
  role: "assistant",
  parts: [{ type: "text", text: "Hello" }],
  name: null,
  finish_reason: null,
  tool_calls: 0,
  folded_messages: 0,
  model: null,
  provider: null,
  usage: null,
  cost_usd: null,
  duration_ns: null,
  ...given,
});
const tool = (given: Partial<ToolItem>): ToolItem => ({
  kind: "tool",
  span_id: "tool1",
  time_ns: 2,
  depth: 0,
  agent: null,
  is_error: false,
  error: null,
  name: "track",
  call_id: "c1",
  asked_by: "llm1",
  arguments: { parcel: "PT-17" },
  arguments_cut_chars: 0,
  result: "lost",
  result_cut_chars: 0,
  duration_ns: 5,
  ...given,
});
const span = (given: Partial<Span>): Span =>
  ({
    span_id: "llm1",
    input_messages: [],
    output_messages: [],
    documents: [],
    inputs: null,
    outputs: null,
    ...given,
  }) as Span;

describe("the cards of a conversation", () => {
  it("name an agent where another begins to speak", () => {
    const cards = cardsOf([
      message({ agent: "planner" }),
      message({ agent: "writer", depth: 1 }),
      message({ agent: "writer", depth: 1 }),
      message({ agent: "planner" }),
    ]);
    expect(cards.map(({ newAgent }) => newAgent)).toEqual([null, "writer", null, "planner"]);
  });

  it("belong to spans: of a call of a model it is what the model said, of a tool its card", () => {
    const cards = cardsOf([
      message({ role: "user" }),
      message({}),
      tool({}),
      tool({ span_id: null, asked_by: "llm2" }),
    ]);
    expect(cardOfSpan(cards, "llm1")).toBe(1);
    expect(cardOfSpan(cards, "tool1")).toBe(2);
    expect(cardOfSpan(cards, "llm2")).toBe(3);
    expect(cardOfSpan(cards, "none")).toBe(-1);
  });

  it("are found in by their words, the tool's arguments and result among them", () => {
    const [card] = cardsOf([tool({ result: { state: "Lost in Porto" } })]);
    if (card === undefined) throw new Error("there is a card");
    expect(holds(itemText(card.item), "pt-17")).toBe(true);
    expect(holds(itemText(card.item), "PORTO")).toBe(true);
    expect(holds(itemText(card.item), "madrid")).toBe(false);
    expect(holds(itemText(card.item), "")).toBe(false);
    expect(itemText(card.item)).toContain("track(");
  });

  it("tell how a tool fared", () => {
    expect(toolState(tool({ is_error: true, result: null }))).toBe("failed");
    expect(toolState(tool({}))).toBe("done");
    expect(toolState(tool({ result: null }))).toBe("done");
    expect(toolState(tool({ result: null, duration_ns: null, span_id: null }))).toBe("unanswered");
  });
});

describe("what was cut from a card", () => {
  it("is put back from its span", () => {
    const text = `${"beginning ".repeat(2_000)}end`;
    const [card] = cardsOf([message({ parts: [{ type: "text", text: text.slice(0, 20_000), cut_chars: 3 }] })]);
    if (card === undefined) throw new Error("there is a card");
    expect(cutChars(card.item)).toBe(3);
    const parts = [{ type: "text", text }];
    const whole = wholeCard(card, [
      span({ output_messages: [{ role: "assistant", parts, name: null, finish_reason: null }] }),
    ]);
    expect(whole && itemText(whole.item)).toBe(text);
    expect(whole && cutChars(whole.item)).toBe(0);
    expect(wholeCard(card, [span({})])).toBeNull();
  });

  it("of a tool comes from the span that ran it, else from what the model was told", () => {
    const [card] = cardsOf([tool({ result: "lo", result_cut_chars: 2 })]);
    if (card === undefined) throw new Error("there is a card");
    expect(wholeCard(card, [span({ span_id: "tool1", outputs: "lost" })])?.item).toMatchObject({ result: "lost" });
    const told = { role: "tool" as const, name: null, finish_reason: null };
    const parts = [{ type: "tool_result", call_id: "c1", result: "lost, sorry" }];
    expect(wholeCard(card, [span({ input_messages: [{ ...told, parts }] })])?.item).toMatchObject({
      result: "lost, sorry",
    });
    expect(wholeCard(card, [span({})])).toBeNull();
  });
});
