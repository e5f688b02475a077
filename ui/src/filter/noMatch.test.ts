import { describe, expect, it } from "vitest";
import { parseRange } from "@/time/range";
import { rangeOf, rangeSince, withoutEach } from "./noMatch";

const HOUR_MS = 3_600_000;

describe("why nothing matches", () => {
  it("tries the filter without each of its conditions, six at most", () => {
    expect(withoutEach("user = 'a' AND (status = 'OK' OR name = 'b')").map(({ q }) => q)).toEqual([
      "(status = 'OK' OR name = 'b')",
      "user = 'a'",
    ]);
    expect(withoutEach("tags.a = '1' ".repeat(9))).toHaveLength(6);
    expect(withoutEach("user = ")).toEqual([]);
  });

  it("offers the shortest range that reaches back to the newest", () => {
    expect(rangeSince(0, 2 * HOUR_MS)).toBe("6h");
    expect(rangeSince(0, 6 * HOUR_MS)).toBe("24h");
    expect(rangeSince(0, 9000 * HOUR_MS)).toBe("all");
  });

  it("offers the range that holds all that match", () => {
    const extent = { oldestMs: 61_000, newestMs: 120_000 };
    const { startMs, endMs } = parseRange(rangeOf(extent), 0);
    expect(startMs).toBeLessThanOrEqual(extent.oldestMs);
    expect(endMs).toBeGreaterThan(extent.newestMs);
  });
});
