import { describe, expect, it } from "vitest";
import { criticalPath, longestRoot } from "./criticalPath";
import { grown, type Sown, windowOf } from "./forest.testing";
import { SpanCollection } from "./spans";
import { endNs, structureOf } from "./structure";

function pathOf(sown: Sown[], nowNs = 0): [string | undefined, number, number][] {
  const spans = new SpanCollection();
  spans.put(windowOf(sown), 0);
  const structure = structureOf(spans);
  return criticalPath(structure, longestRoot(structure, nowNs) ?? 0, nowNs)
    .reverse()
    .map((stretch) => [structure.ids[stretch.span], stretch.fromNs, stretch.toNs]);
}

describe("the critical path", () => {
  it("goes through the spans that others waited for", () => {
    expect(
      pathOf([
        { id: "r", startNs: 0, durationNs: 100 },
        { id: "a", parent: "r", startNs: 10, durationNs: 30 },
        { id: "b", parent: "r", startNs: 50, durationNs: 40 },
      ]),
    ).toEqual([
      ["r", 0, 10],
      ["a", 10, 40],
      ["r", 40, 50],
      ["b", 50, 90],
      ["r", 90, 100],
    ]);
  });

  it("leaves out what ran beside a slower one", () => {
    expect(
      pathOf([
        { id: "r", startNs: 0, durationNs: 100 },
        { id: "quick", parent: "r", startNs: 0, durationNs: 60 },
        { id: "slow", parent: "r", startNs: 0, durationNs: 100 },
      ]),
    ).toEqual([["slow", 0, 100]]);
  });

  it("cuts children to their parents, however deep they lie", () => {
    expect(
      pathOf([
        { id: "r", startNs: 10, durationNs: 90 },
        { id: "a", parent: "r", startNs: 0, durationNs: 200 },
        { id: "b", parent: "a", startNs: 50, durationNs: 100 },
      ]),
    ).toEqual([
      ["a", 10, 50],
      ["b", 50, 100],
    ]);
  });

  it("of a running trace reaches to now", () => {
    expect(
      pathOf(
        [
          { id: "r", startNs: 0, durationNs: null },
          { id: "a", parent: "r", startNs: 10, durationNs: null },
        ],
        50,
      ),
    ).toEqual([
      ["r", 0, 10],
      ["a", 10, 50],
    ]);
  });

  it("covers the root without gaps and without overlaps, whatever the trace", () => {
    for (let seed = 1; seed <= 80; seed++) {
      const { shuffled } = grown(seed, 40, { lost: 0.1, tangled: 0.2 });
      const spans = new SpanCollection();
      spans.put(windowOf(shuffled), 0);
      const structure = structureOf(spans);
      const root = longestRoot(structure, 1000) ?? 0;
      const path = criticalPath(structure, root, 1000).reverse();

      expect(path[0]?.fromNs).toBe(structure.startNs[root]);
      expect(path.at(-1)?.toNs).toBe(endNs(structure, root, 1000));
      for (let at = 1; at < path.length; at++) expect(path[at]?.fromNs).toBe(path[at - 1]?.toNs);
    }
  });
});
