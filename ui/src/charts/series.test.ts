import { describe, expect, it } from "vitest";
import {
  areWhole,
  drawingOrder,
  drawnTime,
  drawnValues,
  placedMarkers,
  seriesAt,
  stepWords,
  type TimeSeries,
  timeOfSteps,
} from "./series";

const series = (kind: TimeSeries["kind"], ...values: (number | null)[]): TimeSeries => ({
  label: kind,
  values,
  hue: "red",
  kind,
  format: String,
});

describe("stacked series", () => {
  const stack = [series("stacked", 1, 0), series("stacked", 3, 2), series("line", 9, null)];
  it("stand on those before them", () => {
    expect(drawnValues(stack)).toEqual([
      [1, 0],
      [4, 2],
      [9, null],
    ]);
  });
  it("are drawn from the tallest to the lowest, and lines over them", () =>
    expect(drawingOrder(stack)).toEqual([1, 0, 2]));
  it("are told apart by the height of the pointer", () => {
    expect(seriesAt(stack, 0, 0.5)).toBe(0);
    expect(seriesAt(stack, 0, 2)).toBe(1);
    expect(seriesAt(stack, 0, 8)).toBe(2);
  });
  it("count the nearest part where the pointer is above the stack, and none that is empty", () => {
    expect(seriesAt(stack, 1, 7)).toBe(1);
    expect(seriesAt([series("bars", 0)], 0, 1)).toBeNull();
    expect(seriesAt([series("line", null)], 0, 1)).toBeNull();
  });
});

describe("the time of steps", () => {
  const chart = { xMs: [100, 200, 300], startMs: 130, endMs: 370 };
  it("goes from the start of a step to before the next", () => expect(timeOfSteps(chart, 1)).toEqual([200, 300]));
  it("stays within what was asked for", () => {
    expect(timeOfSteps(chart, 0)).toEqual([130, 200]);
    expect(timeOfSteps(chart, 2)).toEqual([300, 370]);
  });
  it("takes in all from one to another, in either order", () => expect(timeOfSteps(chart, 2, 0)).toEqual([130, 370]));
  it("of a single step is all the time", () =>
    expect(timeOfSteps({ xMs: [100], startMs: 130, endMs: 160 }, 0)).toEqual([130, 160]));
  it("is drawn from the start of the first step to the end of the last", () => {
    expect(drawnTime(chart)).toEqual([100, 400]);
    expect(drawnTime({ xMs: [100], startMs: 130, endMs: 160 })).toEqual([100, 160]);
    expect(drawnTime({ xMs: [], startMs: 130, endMs: 160 })).toEqual([130, 160]);
  });
  it("is told with the day, and the other day where it ends on one", () => {
    const at = (day: number, hour: number) => new Date(2026, 10, day, hour).getTime();
    expect(stepWords(at(21, 14), at(21, 15))).toBe("21 Nov, 14:00–15:00");
    expect(stepWords(at(21, 23), at(22, 5))).toBe("21 Nov, 23:00–22 Nov, 05:00");
    expect(stepWords(at(21, 0), at(22, 0))).toBe("21 Nov");
  });
});

it("ticks lie at whole numbers where all values are whole", () => {
  expect(areWhole([series("bars", 1, 2, null)])).toBe(true);
  expect(areWhole([series("line", 0.5)])).toBe(false);
});

it("markers lie where their time is, and the label of one that is too near is left out", () => {
  const placed = placedMarkers(
    [
      { atMs: 55, label: "b" },
      { atMs: 50, label: "a" },
      { atMs: 90, label: "c" },
      { atMs: 100, label: "later" },
    ],
    0,
    100,
  );
  expect(placed.map(({ label, at, hasLabel }) => [label, at, hasLabel])).toEqual([
    ["a", 0.5, true],
    ["b", 0.55, false],
    ["c", 0.9, true],
  ]);
});
