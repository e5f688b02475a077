import { describe, expect, it } from "vitest";
import { chances, type Sown, windowOf } from "../structure/forest.testing";
import { SpanCollection } from "../structure/spans";
import { structureOf } from "../structure/structure";
import { barsOf, breaksOf, overviewOf, tickLabel, tickStepNs, ticksOf } from "./layout";
import { idleGaps, momentAt, panned, placeOf, scaleOf, whole, within, zoomed } from "./scale";

function linked(sown: Sown[]) {
  const spans = new SpanCollection();
  spans.put(windowOf(sown), 0);
  return structureOf(spans);
}

const WAITING: Sown[] = [
  { id: "root", startNs: 0, durationNs: 1000 },
  { id: "ask", parent: "root", startNs: 0, durationNs: 100 },
  { id: "answer", parent: "root", startNs: 900, durationNs: 100 },
];

describe("idle gaps", () => {
  it("are long times in which only spans run that wait for others", () => {
    expect(idleGaps(linked(WAITING), 0)).toEqual([{ fromNs: 100, toNs: 900 }]);
  });

  it("are none where the pauses are short", () => {
    expect(idleGaps(linked([...WAITING, { id: "x", parent: "root", startNs: 150, durationNs: 700 }]), 0)).toEqual([]);
  });

  it("end where a running span begins", () => {
    const structure = linked([
      { id: "root", startNs: 0, durationNs: null },
      { id: "a", parent: "root", startNs: 0, durationNs: 100 },
      { id: "b", parent: "root", startNs: 600, durationNs: null },
    ]);

    expect(idleGaps(structure, 1000)).toEqual([{ fromNs: 100, toNs: 600 }]);
  });

  it("do not depend on the order of arrival", () => {
    expect(idleGaps(linked([...WAITING].reverse()), 0)).toEqual([{ fromNs: 100, toNs: 900 }]);
  });
});

describe("the scale", () => {
  const scale = scaleOf(0, 1000, [{ fromNs: 100, toNs: 900 }]);

  it("draws a gap short and all else alike", () => {
    expect(scale.length).toBeCloseTo(206);
    expect(placeOf(scale, 50)).toBe(50);
    expect(placeOf(scale, 950)).toBeCloseTo(156);
  });

  it("finds moments back", () => {
    const chance = chances(7);
    for (let turn = 0; turn < 100; turn++) {
      const ns = chance() * 1000;
      expect(momentAt(scale, placeOf(scale, ns))).toBeCloseTo(ns, 6);
    }
  });

  it("zooms around a point and stays on the line", () => {
    const line = scaleOf(0, 100_000, []);
    const near = zoomed(line, whole(line), 0.5, 0.25);

    expect(near).toEqual({ from: 12_500, to: 62_500 });
    expect(zoomed(line, near, 100)).toEqual(whole(line));
    expect(panned(line, near, -9)).toEqual({ from: 0, to: 50_000 });
    expect(panned(line, near, 9)).toEqual({ from: 50_000, to: 100_000 });
    expect(within(line, { from: 500, to: 501 })).toEqual({ from: 500, to: 600 });
  });

  it("of a trace that took no time has a length", () => {
    expect(scaleOf(5, 5, []).length).toBe(1);
  });
});

describe("bars", () => {
  const structure = linked([
    { id: "root", startNs: 0, durationNs: 100 },
    { id: "after", parent: "root", startNs: 120, durationNs: 80 },
    { id: "blink", parent: "root", startNs: 50, durationNs: 0 },
    { id: "runs", parent: "root", startNs: 150, durationNs: null },
  ]);
  const scale = scaleOf(0, 200, []);
  const bars = (view = whole(scale)) =>
    barsOf(structure, structure.order, [0, 4], scale, view, 1000, 200).map((bar) => [
      structure.ids[bar.span],
      bar.x,
      bar.width,
    ]);

  it("lie at their time, also outside of their parent's", () => {
    expect(bars()).toEqual([
      ["root", 0, 500],
      ["blink", 250, 2],
      ["after", 600, 400],
      ["runs", 750, 251],
    ]);
  });

  it("are cut just over the edge of the view, and empty beyond it", () => {
    expect(bars({ from: 60, to: 110 })).toEqual([
      ["root", -1, 801],
      ["blink", -1, 0],
      ["after", 1001, 0],
      ["runs", 1001, 0],
    ]);
  });

  it("are laid out for the rows that are shown only", () => {
    expect(barsOf(structure, structure.order, [1, 3], scale, whole(scale), 100, 0).map((bar) => bar.row)).toEqual([
      1, 2,
    ]);
  });
});

describe("ticks", () => {
  it("stand at round times that do not crowd", () => {
    const line = scaleOf(0, 1.7e9, []);

    expect(tickStepNs(whole(line), 900)).toBe(2e8);
    expect(ticksOf(line, whole(line), 900).map((tick) => tick.offsetNs / 1e8)).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16]);
  });

  it("leave breaks out", () => {
    const line = scaleOf(0, 1000, [{ fromNs: 100, toNs: 900 }]);
    const offsets = ticksOf(line, whole(line), 900).map((tick) => tick.offsetNs);

    expect(offsets.every((offset) => offset <= 100 || offset >= 900)).toBe(true);
    expect(offsets).toContain(950);
    expect(breaksOf(line, whole(line), 1030)).toMatchObject([{ lengthNs: 800 }]);
  });

  it("of a part of the line begin at the part", () => {
    const line = scaleOf(500, 10_500, []);

    expect(ticksOf(line, { from: 4000, to: 5000 }, 1000).map((tick) => tick.offsetNs)).toEqual([
      4000, 4100, 4200, 4300, 4400, 4500, 4600, 4700, 4800, 4900, 5000,
    ]);
  });

  it("are named as exactly as they stand apart", () => {
    expect(tickLabel(0, 1e6)).toBe("0");
    expect(tickLabel(1.25e9, 5e7)).toBe("1.25 s");
    expect(tickLabel(2e8, 2e8)).toBe("200 ms");
    expect(tickLabel(1500, 500)).toBe("1.5 µs");
    expect(tickLabel(200e9, 10e9)).toBe("3 m 20 s");
    expect(tickLabel(7200e9, 600e9)).toBe("2 h");
    expect(tickLabel(61.5e9, 5e8)).toBe("61.5 s");
  });
});

describe("the overview", () => {
  it("shows every span once at its time, the outline from top to bottom", () => {
    const structure = linked([
      { id: "root", startNs: 0, durationNs: 100, type: "AGENT" },
      { id: "a", parent: "root", startNs: 0, durationNs: 40, type: "LLM" },
      { id: "b", parent: "root", startNs: 50, durationNs: 40, type: "TOOL", status: "ERROR" },
    ]);
    const overview = overviewOf(structure, scaleOf(0, 100, []), 10, 30, 0);

    expect(overview.lanes).toBe(3);
    expect([...overview.cells.subarray(0, 10)]).toEqual(Array(10).fill(1));
    expect([...overview.cells.subarray(10, 20)]).toEqual([2, 2, 2, 2, 2, 0, 0, 0, 0, 0]);
    expect([...overview.cells.subarray(20, 30)]).toEqual([0, 0, 0, 0, 0, 3, 3, 3, 3, 3]);
    expect([...overview.errorColumns].indexOf(1)).toBe(5);
  });
});
