import { describe, expect, it } from "vitest";
import { groupFilter, parseGroup, sortedGroups } from "./groups";
import type { FiguresRow } from "./queries";

const row = (version: string | null, traces: number, cost_usd: number | null) =>
  ({ group: { version }, traces, cost_usd, duration_ms: { percentiles: {} } }) as unknown as FiguresRow;
const ROWS = [row("1.0", 5, null), row("1.1", 9, 0.2), row(null, 7, 0.3)];
const order = (sort?: string) => sortedGroups(ROWS, "version", sort).map((one) => one.group.version);

describe("groups", () => {
  it("are of a known field, a tag or a key of the metadata", () => {
    expect(["session", "tags.team", "metadata.`a b`", "feedback.x", "nonsense", ""].map(parseGroup)).toEqual([
      "session",
      "tags.team",
      "metadata.`a b`",
      null,
      null,
      null,
    ]);
  });

  it("are found by a filter, also those without the field", () => {
    expect(groupFilter("status = 'ERROR'", "user", "ana")).toBe("status = 'ERROR' AND user = 'ana'");
    expect(groupFilter("", "model", "gpt-5")).toBe("span.model = 'gpt-5'");
    expect(groupFilter("name = 'a' OR name = 'b'", "tags.team", null)).toBe(
      "(name = 'a' OR name = 'b') AND tags.team IS NULL",
    );
  });

  it("come the largest first, or by a column with the unknown last", () => {
    expect(order()).toEqual(["1.1", null, "1.0"]);
    expect(order("traces")).toEqual(["1.0", null, "1.1"]);
    expect(order("cost")).toEqual(["1.1", null, "1.0"]);
    expect(order("-cost")).toEqual([null, "1.1", "1.0"]);
    expect(order("-group")).toEqual(["1.1", "1.0", null]);
  });
});
