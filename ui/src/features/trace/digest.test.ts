import { describe, expect, it } from "vitest";
import { BUDGET_CHARS, digestOf, outlineOf, tellingSpans } from "./digest";
import { type Sown, windowOf } from "./structure/forest.testing";
import type { Trace } from "./structure/loading";
import { SpanCollection } from "./structure/spans";
import { structureOf } from "./structure/structure";

function linked(sown: Sown[]) {
  const spans = new SpanCollection();
  spans.put(windowOf(sown), 0);
  return structureOf(spans);
}

const trace = {
  trace_id: "tr-1",
  name: "ask",
  state: "ERROR",
  request_time_ms: 0,
  duration_ms: 1200,
  tags: { team: "a", "mlflow.x": "b" },
  usage: null,
  cost: null,
  session: "s-1",
  user: null,
  version: null,
} as unknown as Trace;
const payload = (name: string, inputs: unknown) =>
  ({ span_id: name, name, inputs, outputs: null, status_message: "", events: [] }) as never;
const many = linked(
  Array.from({ length: 3000 }, (_, n) => ({
    id: `s${n}`,
    parent: n === 0 ? null : "s0",
    startNs: n,
    status: n === 2500 ? "ERROR" : "OK",
  })),
);

describe("a trace as text", () => {
  it("has its facts, its spans and what went in", () => {
    const structure = linked([
      { id: "r", name: "root", type: "AGENT", startNs: 0, durationNs: 12e6 },
      { id: "c", name: "call", type: "LLM", parent: "r", startNs: 1, durationNs: 5e6, tokens: 9, status: "ERROR" },
    ]);
    const words = digestOf(trace, structure, [payload("root", { q: "hi" })], "http://here", 0);

    expect(words).toContain("# ask\n");
    expect(words).toContain("- Tags: team=a\n");
    expect(words).toContain("root [AGENT] · 12 ms\n  call [LLM] · 5 ms · 9 tokens · ERROR\n");
    expect(words).toContain('### root (span root)\n\nInput:\n```\n{\n "q": "hi"\n}\n```');
    expect(words).not.toContain("User");
  });

  it("stays within its budget and says what it leaves out", () => {
    const words = digestOf(
      trace,
      many,
      Array.from({ length: 40 }, (_, n) => payload(`p${n}`, "x".repeat(9000))),
      "",
      0,
    );

    expect(words.length).toBeLessThan(BUDGET_CHARS + 500);
    expect(words).toMatch(/… \d+ more spans/);
    expect(words).toContain("7500 characters more");
    expect(words).toMatch(/_Inputs and outputs of \d+ more spans are left out\._/);
  });

  it("keeps errors in a long outline", () => {
    expect(outlineOf(many, 0, 2000)).toContain("  s2500 [UNKNOWN] · 0.000 ms · ERROR");
  });

  it("takes roots and errors for the most telling", () => {
    expect(tellingSpans(many)).toEqual([0, 2500]);
  });

  it("fences what holds fences itself", () => {
    const words = digestOf(trace, many, [payload("p", "```js\n1\n```")], "", 0);

    expect(words).toContain("````\n```js\n1\n```\n````");
  });
});
