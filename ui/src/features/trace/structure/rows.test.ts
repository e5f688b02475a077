import { describe, expect, it } from "vitest";
import { grown, type Sown, windowOf } from "./forest.testing";
import {
  ALL,
  type Choice,
  levelCollapsed,
  levelExpanded,
  mostExpensive,
  nextSpan,
  revealed,
  rowsOf,
  slowestChild,
} from "./rows";
import { SpanCollection } from "./spans";
import { structureOf } from "./structure";

function linked(sown: Sown[]) {
  const spans = new SpanCollection();
  spans.put(windowOf(sown), 0);
  return structureOf(spans);
}

const TRACE: Sown[] = [
  { id: "root", startNs: 0, durationNs: 100, type: "AGENT" },
  { id: "plan", parent: "root", startNs: 1, durationNs: 20, type: "CHAIN" },
  { id: "call", parent: "plan", startNs: 2, durationNs: 10, type: "LLM", costUsd: 3 },
  { id: "act", parent: "root", startNs: 30, durationNs: 60, type: "CHAIN" },
  { id: "tool", parent: "act", startNs: 31, durationNs: 5, type: "TOOL", status: "ERROR", costUsd: 1 },
];

const structure = linked(TRACE);
const shown = (choice: Partial<Choice>) =>
  [...rowsOf(structure, { ...ALL, ...choice }, 0).spans].map((span) => structure.ids[span]);

describe("rows", () => {
  it("are all spans at first", () => {
    expect(shown({})).toEqual(["root", "plan", "call", "act", "tool"]);
  });

  it("leave out what is below a folded span", () => {
    expect(shown({ collapsed: new Set([1]) })).toEqual(["root", "plan", "act", "tool"]);
    expect(shown({ collapsed: new Set([0]) })).toEqual(["root"]);
  });

  it("of a type come with what is above them", () => {
    expect(shown({ types: new Set(["LLM"]) })).toEqual(["root", "plan", "call"]);
    expect(rowsOf(structure, { ...ALL, types: new Set(["LLM"]) }, 0)).toMatchObject({ matches: 1 });
  });

  it("of errors come with what is above them", () => {
    expect(shown({ onlyErrors: true })).toEqual(["root", "act", "tool"]);
  });

  it("keep the selected span whatever is filtered", () => {
    expect(shown({ onlyErrors: true, selected: 2 })).toEqual(["root", "plan", "call", "act", "tool"]);
  });

  it("leave out short spans but for errors", () => {
    expect(shown({ minDurationNs: 15 })).toEqual(["root", "plan", "act", "tool"]);
  });

  it("say where each span stands", () => {
    const rows = rowsOf(structure, { ...ALL, collapsed: new Set([1]) }, 0);

    expect([...rows.rowOf]).toEqual([0, 1, -1, 2, 3]);
  });

  it("fold and unfold level by level, there and back", () => {
    for (let seed = 1; seed <= 20; seed++) {
      const forest = linked(grown(seed, 40).shuffled);
      let collapsed: ReadonlySet<number> = new Set();
      const all = rowsOf(forest, ALL, 0).spans.length;
      let last = all;
      for (;;) {
        collapsed = levelCollapsed(forest, collapsed, rowsOf(forest, { ...ALL, collapsed }, 0));
        const length = rowsOf(forest, { ...ALL, collapsed }, 0).spans.length;
        if (length === last) break;
        expect(length).toBeLessThan(last);
        last = length;
      }
      expect(last).toBe(forest.rootCount);
      for (let level = 0; level < 40; level++) {
        collapsed = levelExpanded(forest, collapsed, rowsOf(forest, { ...ALL, collapsed }, 0));
      }
      expect(rowsOf(forest, { ...ALL, collapsed }, 0).spans.length).toBe(all);
    }
  });

  it("show a hidden span once what hides it is unfolded", () => {
    const collapsed = revealed(structure, new Set([0, 1, 3]), 2);

    expect(shown({ collapsed })).toContain("call");
    expect([...collapsed]).toEqual([3]);
  });
});

describe("walks", () => {
  it("go to the next span around the end", () => {
    const isChain = (span: number) => structure.types[structure.type[span] ?? 0] === "CHAIN";

    expect(nextSpan(structure, 1, isChain)).toBe(3);
    expect(nextSpan(structure, 3, isChain)).toBe(1);
    expect(nextSpan(structure, 3, isChain, -1)).toBe(1);
    expect(nextSpan(structure, null, isChain, -1)).toBe(3);
    expect(nextSpan(structure, 0, () => false)).toBeNull();
  });

  it("find the dearest span and the slowest child", () => {
    expect(mostExpensive(structure)).toBe(2);
    expect(slowestChild(structure, 0, 0)).toBe(3);
    expect(slowestChild(structure, 4, 0)).toBeNull();
  });

  it("do not take an agent's total for the dearest span where its calls are known", () => {
    const told = linked([
      { id: "agent", startNs: 0, costUsd: 9 },
      { id: "a", parent: "agent", startNs: 1, costUsd: 4 },
      { id: "b", parent: "agent", startNs: 2, costUsd: 5 },
    ]);

    expect(mostExpensive(told)).toBe(2);
  });
});
