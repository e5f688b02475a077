import { describe, expect, it } from "vitest";
import { MAX_HEIGHT_PX, ROW_PX, scrollTo, sightOf } from "./scrolling";

describe("what is in sight", () => {
  it.each([10, 1_000, 3_000_000])("reaches from the first of %i rows to the last", (total) => {
    const first = sightOf(total, 0, 400);
    expect(first.from).toBe(0);
    const last = sightOf(total, first.heightPx - 400, 400);
    expect(last.to).toBeGreaterThanOrEqual(total);
    expect(last.heightPx).toBeLessThanOrEqual(MAX_HEIGHT_PX);
    if (total > 20) expect(last.originPx + total * ROW_PX).toBeCloseTo(last.heightPx);
  });

  it.each([0, 500, 2_999_999])("holds row %i after going there", (row) => {
    const scrollPx = scrollTo(row, 3_000_000, 0, 400);
    const sight = sightOf(3_000_000, scrollPx, 400);
    const topPx = sight.originPx + row * ROW_PX - scrollPx;
    expect(topPx).toBeGreaterThanOrEqual(-0.01);
    expect(topPx).toBeLessThanOrEqual(400 - ROW_PX + 0.01);
  });

  it("does not move for a row that is seen", () => {
    expect(scrollTo(12, 1_000, 100, 400)).toBe(100);
    expect(scrollTo(2, 1_000, 100, 400)).toBe(40);
  });
});
