import { expect, test } from "vitest";
import type { Session, Turn } from "./queries";
import { idleWords, isPause, markdownOf, placed, toolsUsed } from "./turns";

const turn = (request_time_ms: number, rest: Partial<Turn> = {}) =>
  ({ trace_id: `tr-${request_time_ms}`, request_time_ms, duration_ms: 1000, state: "OK", ...rest }) as Turn;
const usage = (total_tokens: number) => ({ total_tokens }) as Turn["usage"];
const cost = (total_usd: number) => ({ total_usd }) as Turn["cost"];

test("tokens and cost add up from turn to turn, and those that are not known add nothing", () => {
  const turns = [turn(0, { usage: usage(10), cost: cost(0.5) }), turn(9000), turn(20_000, { usage: usage(5) })];

  expect(placed(turns).map(({ number, tokens, costUsd }) => [number, tokens, costUsd])).toEqual([
    [1, 10, 0.5],
    [2, 10, 0.5],
    [3, 15, 0.5],
  ]);
});

test("a turn has been waited for from the end of the one before", () => {
  const turns = [turn(0), turn(5000), turn(5500), turn(20_000, { duration_ms: null }), turn(30_000)];

  expect(placed(turns).map(({ idleMs }) => idleMs)).toEqual([null, 4000, -500, 13_500, 10_000]);
});

test("idle gaps are told in words, and none is told where there is none", () => {
  expect(idleWords(null)).toBeNull();
  expect(idleWords(400)).toBeNull();
  expect(idleWords(1000)).toBe("1 second later");
  expect(idleWords(59_999)).toBe("59 seconds later");
  expect(idleWords(90 * 60_000)).toBe("1 hour later");
  expect(idleWords(3 * 86_400_000)).toBe("3 days later");
  expect(idleWords(-1)).toBe("while the turn before was running");
});

test("half an hour is a pause", () => {
  expect([null, 29 * 60_000, 30 * 60_000].map(isPause)).toEqual([false, false, true]);
});

test("tools are named once each, in the order of their first use", () => {
  const spans = { type: ["AGENT", "TOOL", "TOOL", "TOOL"], name: ["agent", "look_up", "refund", "look_up"] };

  expect(toolsUsed(spans)).toEqual([
    ["look_up", 2],
    ["refund", 1],
  ]);
});

test("a session as Markdown quotes what was said, line by line", () => {
  const session = { session: "chat-1", totals: { traces: 1, total_tokens: 10, cost_usd: 0 } } as Session;
  const words = markdownOf(
    session,
    placed([turn(0, { request_preview: "# no heading\nsecond line", response_preview: null })]),
  );

  expect(words).toContain("# Session chat-1\n\n1 turn, 10 tokens, $0\n");
  expect(words).toContain("**Request**\n\n> # no heading\n> second line\n");
  expect(words).toContain("> nothing recorded");
});
