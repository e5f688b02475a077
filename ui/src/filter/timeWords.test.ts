import { describe, expect, it } from "vitest";
import { parseRange } from "@/time/range";
import { enteredRange, localInput, movedRange, rangeWords } from "./timeWords";

const NOW = new Date(2026, 10, 21, 12, 0, 0).getTime();
const at = (hour: number, minute = 0, day = 21) => new Date(2026, 10, day, hour, minute).getTime();

describe("ranges in words", () => {
  it("says presets and other lengths as they are", () => {
    expect(rangeWords("24h", NOW)).toBe("Last 24 hours");
    expect(rangeWords(undefined, NOW)).toBe("Last 7 days");
    expect(rangeWords("3d", NOW)).toBe("Last 3 days");
    expect(rangeWords("1d", NOW)).toBe("Last 1 day");
    expect(rangeWords("all", NOW)).toBe("All time");
  });

  it("says exact ranges with the day once, and with the year where it is another", () => {
    expect(rangeWords(`${at(10)}..${at(11, 30)}`, NOW)).toBe("21 Nov 10:00 – 11:30");
    expect(rangeWords(`${at(10, 0, 20)}..${at(11)}`, NOW)).toBe("20 Nov 10:00 – 21 Nov 11:00");
    expect(rangeWords(`${new Date(2025, 0, 2, 3, 4, 5).getTime()}..`, NOW)).toBe("Since 2 Jan 2025 03:04:05");
    expect(rangeWords(`..${at(10)}`, NOW)).toBe("Until 21 Nov 10:00");
  });
});

describe("moving a range", () => {
  it("goes back and forth by the length", () => {
    const before = movedRange("1h", NOW, -1);
    expect(before).toBe(`${NOW - 7_200_000}..${NOW - 3_600_000}`);
    expect(movedRange(before ?? "", NOW, 1)).toBe(`${NOW - 3_600_000}..${NOW}`);
  });

  it("ends at now and has no end where there is no bound", () => {
    expect(movedRange("1h", NOW, 1)).toBeNull();
    expect(movedRange("all", NOW, -1)).toBeNull();
    expect(movedRange(`..${NOW}`, NOW, -1)).toBeNull();
  });
});

describe("an entered range", () => {
  it("is what the fields said", () => {
    const entered = enteredRange(localInput(at(1)), localInput(at(2)));
    expect("t" in entered && parseRange(entered.t, NOW)).toEqual({ startMs: at(1), endMs: at(2) });
  });

  it("is refused in words where it is none", () => {
    expect(enteredRange("", localInput(at(2)))).toHaveProperty("problem");
    expect(enteredRange(localInput(at(2)), localInput(at(2)))).toHaveProperty("problem");
  });
});
