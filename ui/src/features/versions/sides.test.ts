import { expect, test } from "vitest";
import type { Version } from "./queries";
import { rowsOf } from "./rows";
import { sideOf } from "./sides";

const rows = rowsOf(
  [
    { version_id: "m-3", name: "b" },
    { version_id: "m-2", name: "a" },
    { version_id: "m-1", name: "a" },
  ] as Version[],
  [],
  true,
);

test("an address names a version by its id, or by its name, which means the newest", () => {
  expect(sideOf(rows, "m-1")?.row.key).toBe("m-1");
  expect(sideOf(rows, "a")?.row.key).toBe("m-2");
  expect(sideOf(rows, undefined)).toBeNull();
});

test("traces are found by the name, unless others have the same", () => {
  expect(sideOf(rows, "m-3")?.filter).toBe("version = 'b'");
  expect(sideOf(rows, "a")?.filter).toBe("version = 'm-2'");
});

test("what is not registered is found by what traces call it", () => {
  expect(sideOf(rows, "it's")).toMatchObject({ row: { name: "it's", version: null }, filter: "version = 'it''s'" });
});
