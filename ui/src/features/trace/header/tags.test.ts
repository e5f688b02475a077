import { describe, expect, it } from "vitest";
import { changesOf, type TagRow } from "./tags";

const row = (key: string, value: string, isNew = false): TagRow => ({ id: 1, key, value, isNew });

describe("edited tags", () => {
  it("are sent where they changed, and taken away where their row is gone", () => {
    expect(changesOf({ a: "1", b: "2", c: "3" }, [row("a", "1"), row("b", "9"), row(" d ", "4", true)])).toEqual({
      changes: { b: "9", d: "4", c: null },
      problem: null,
    });
  });

  it("need a key, and each key once", () => {
    expect(changesOf({}, [row("", "x", true)]).problem).toBe("noKey");
    expect(changesOf({ a: "1" }, [row("a", "1"), row("a", "2", true)]).problem).toBe("twice");
    expect(changesOf({}, [row("", "", true)])).toEqual({ changes: {}, problem: null });
  });
});
