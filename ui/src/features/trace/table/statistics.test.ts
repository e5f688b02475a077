import { describe, expect, it } from "vitest";
import { type Sown, windowOf } from "../structure/forest.testing";
import { SpanCollection } from "../structure/spans";
import { selfTimes, structureOf } from "../structure/structure";
import { groupsOf, type SpanOrder, sortedSpans } from "./statistics";

const TRACE: Sown[] = [
  { id: "r", name: "run", type: "AGENT", startNs: 0, durationNs: 100 },
  { id: "a", parent: "r", name: "call", type: "LLM", startNs: 10, durationNs: 20, tokens: 7, costUsd: 0.5 },
  { id: "b", parent: "r", name: "call", type: "LLM", startNs: 40, durationNs: 40, tokens: 5, status: "ERROR" },
  { id: "c", parent: "b", name: "call", type: "TOOL", startNs: 45, durationNs: null },
  { id: "d", parent: "r", name: "step 10", type: "TOOL", startNs: 95, durationNs: 1 },
  { id: "e", parent: "r", name: "step 9", type: "TOOL", startNs: 96, durationNs: 1 },
];
const spans = new SpanCollection();
spans.put(windowOf(TRACE), 0);
const structure = structureOf(spans);
const NOW = 55;
const self = selfTimes(structure, NOW);
const all = structure.order;

describe("statistics", () => {
  it("gather spans by name, with what they come to", () => {
    const call = groupsOf(structure, all, "name", self, NOW).find((group) => group.key === "call");

    expect(call).toEqual({
      key: "call",
      type: null,
      count: 3,
      errors: 1,
      totalNs: 70,
      averageNs: 70 / 3,
      p95Ns: 40,
      maxNs: 40,
      selfNs: 20 + 30 + 10,
      tokens: 12,
      costUsd: 0.5,
    });
  });

  it("gather spans by type, and say nothing where nobody counted", () => {
    const groups = groupsOf(structure, all, "type", self, NOW);

    expect(groups.map((group) => [group.key, group.count, group.tokens])).toEqual([
      ["AGENT", 1, null],
      ["LLM", 2, 12],
      ["TOOL", 3, null],
    ]);
  });

  it("take for the 95th percentile a duration that 95 % do not exceed", () => {
    const many = new SpanCollection();
    many.put(
      windowOf(Array.from({ length: 100 }, (_, n) => ({ id: `${n}`, name: "x", startNs: 0, durationNs: n + 1 }))),
      0,
    );
    const linked = structureOf(many);

    expect(groupsOf(linked, linked.order, "name", selfTimes(linked, 0), 0)[0]?.p95Ns).toBe(95);
  });

  it("of part of the spans count these only", () => {
    expect(groupsOf(structure, [1], "name", self, NOW)).toMatchObject([{ count: 1, type: "LLM" }]);
  });
});

describe("the order of spans", () => {
  const order = (by: SpanOrder, isDescending = false) =>
    [...sortedSpans(structure, all, by, isDescending, self, NOW)].map((span) => structure.ids[span]).join("");

  it.each<[SpanOrder, boolean, string]>([
    ["start", true, "edcbar"],
    ["duration", true, "rbacde"],
    ["tokens", true, "abrcde"],
    ["tokens", false, "barcde"],
    ["cost", false, "arbcde"],
    ["type", false, "rabcde"],
    ["name", false, "abcred"],
    ["status", true, "bracde"],
  ])("by %s (descending: %s)", (by, isDescending, expected) => {
    expect(order(by, isDescending)).toBe(expected);
  });
});
