import { describe, expect, it } from "vitest";
import { grown, type Sown, windowOf } from "./forest.testing";
import { SpanCollection } from "./spans";
import { ancestorsOf, childrenIn, EMPTY, selfTimes, structureOf } from "./structure";

function linked(...windows: Sown[][]) {
  const spans = new SpanCollection();
  for (const window of windows) spans.put(windowOf(window), 0);
  return structureOf(spans);
}

const outline = (structure: ReturnType<typeof linked>) =>
  [...structure.order].map((span) => `${" ".repeat(structure.depth[span] ?? 0)}${structure.names[span]}`);

describe("the structure of a trace", () => {
  it("lists spans before what is below them, children by start", () => {
    const structure = linked([
      { id: "r", startNs: 0, durationNs: 100 },
      { id: "b", parent: "r", startNs: 50, durationNs: 10 },
      { id: "a", parent: "r", startNs: 10, durationNs: 10 },
      { id: "a1", parent: "a", startNs: 12, durationNs: 1 },
    ]);

    expect(outline(structure)).toEqual(["r", " a", "  a1", " b"]);
    expect([...structure.size]).toEqual([4, 1, 2, 1]);
    expect(childrenIn(structure, 0)).toEqual([2, 1]);
    expect(ancestorsOf(structure, 3)).toEqual([2, 0]);
    expect([structure.nth[2], structure.nth[1]]).toEqual([1, 2]);
  });

  it("is the same in whatever order and windows the spans arrive", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { sown, shuffled } = grown(seed, 60);
      const pieces = [shuffled.slice(0, 20), shuffled.slice(15, 45), shuffled.slice(45)];

      expect(outline(linked(...pieces))).toEqual(outline(linked(sown)));
    }
  });

  it("holds every span once, whatever parents they name", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const { shuffled } = grown(seed, 50, { lost: 0.1, tangled: 0.3 });
      const structure = linked(shuffled);

      expect([...structure.order].sort((a, b) => a - b)).toEqual(shuffled.map((_, index) => index));
      for (const span of structure.order) {
        const [position, size] = [structure.position[span] ?? 0, structure.size[span] ?? 0];
        const parent = structure.parent[span] ?? -1;
        expect(structure.order[position]).toBe(span);
        expect(childrenIn(structure, span).length).toBe(structure.childCount[span]);
        expect(1 + childrenIn(structure, span).reduce((sum, child) => sum + (structure.size[child] ?? 0), 0)).toBe(
          size,
        );
        if (parent === -1) expect(structure.depth[span]).toBe(0);
        else {
          expect(structure.depth[span]).toBe((structure.depth[parent] ?? 0) + 1);
          const above = structure.position[parent] ?? 0;
          expect(position > above && position < above + (structure.size[parent] ?? 0)).toBe(true);
        }
      }
    }
  });

  it("makes roots of spans whose parent is missing, until it arrives", () => {
    const child = { id: "c", parent: "late", startNs: 5, durationNs: 1 };

    expect(linked([child])).toMatchObject({ missingParents: 1, rootCount: 1 });
    expect(linked([child], [{ id: "late", startNs: 0, durationNs: 9 }])).toMatchObject({
      missingParents: 0,
      rootCount: 1,
    });
  });

  it("cuts a loop at the span that started first, and marks it", () => {
    const structure = linked([
      { id: "tail", parent: "b", startNs: 0 },
      { id: "a", parent: "c", startNs: 30 },
      { id: "b", parent: "a", startNs: 20 },
      { id: "c", parent: "b", startNs: 10 },
      { id: "own", parent: "own", startNs: 40 },
    ]);

    expect(outline(structure)).toEqual(["c", " a", "  b", "   tail", "own"]);
    expect([...structure.isLoop]).toEqual([0, 0, 0, 1, 1]);
  });

  it("takes what is new of a span that it knows", () => {
    const structure = linked(
      [{ id: "r", startNs: 0, durationNs: null }],
      [{ id: "r", startNs: 0, durationNs: 70, status: "ERROR" }],
    );

    expect(structure.count).toBe(1);
    expect(structure).toMatchObject({ running: 0, lastNs: 70 });
    expect([...structure.errors]).toEqual([1]);
  });

  it("counts starts from the first window, also where a later one has an earlier zero", () => {
    const spans = new SpanCollection();
    spans.put(windowOf([{ id: "a", startNs: 0, durationNs: 1 }]), 1_000);
    spans.put(windowOf([{ id: "b", startNs: 0, durationNs: 1 }]), 400);

    expect([...structureOf(spans).startNs]).toEqual([0, -600]);
    expect(structureOf(spans).firstNs).toBe(-600);
  });

  it("sums tokens below a span only where the span has none of its own", () => {
    const structure = linked([
      { id: "root", startNs: 0 },
      { id: "agent", parent: "root", startNs: 1, tokens: 30 },
      { id: "call", parent: "agent", startNs: 2, tokens: 20 },
      { id: "other", parent: "root", startNs: 3, tokens: 5 },
      { id: "tool", parent: "root", startNs: 4 },
    ]);

    expect([...structure.allTokens]).toEqual([35, 30, 20, 5, Number.NaN]);
  });

  it("keeps what it gave when more arrives", () => {
    const spans = new SpanCollection();
    spans.put(windowOf([{ id: "a", startNs: 0, durationNs: null }]), 0);
    const before = structureOf(spans);
    spans.put(
      windowOf([
        { id: "a", startNs: 0, durationNs: 5 },
        { id: "b", startNs: 1 },
      ]),
      0,
    );

    expect(before.count).toBe(1);
    expect(before.running).toBe(1);
    expect(before.placeOf("b")).toBeUndefined();
  });

  it("is nothing of nothing", () => {
    expect(EMPTY).toMatchObject({ count: 0, rootCount: 0, firstNs: 0, lastNs: 0 });
  });
});

describe("self times", () => {
  it("leave out what children cover, once, and within the span", () => {
    const structure = linked([
      { id: "r", startNs: 0, durationNs: 100 },
      { id: "a", parent: "r", startNs: 10, durationNs: 20 },
      { id: "b", parent: "r", startNs: 20, durationNs: 20 },
      { id: "late", parent: "r", startNs: 90, durationNs: 50 },
      { id: "early", parent: "r", startNs: -20, durationNs: 25 },
    ]);

    expect([...selfTimes(structure, 0)]).toEqual([100 - 30 - 10 - 5, 20, 20, 50, 25]);
  });

  it("of running spans reach to now", () => {
    const structure = linked([
      { id: "r", startNs: 0, durationNs: null },
      { id: "a", parent: "r", startNs: 10, durationNs: 20 },
    ]);

    expect([...selfTimes(structure, 50)]).toEqual([30, 20]);
  });
});
