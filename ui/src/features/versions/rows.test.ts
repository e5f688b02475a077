import { expect, test } from "vitest";
import type { FiguresRow, Version } from "./queries";
import { inOrder, rowsOf, sorted, unnamed } from "./rows";

const version = (version_id: string, name: string, create_time_ms = 0) =>
  ({ version_id, name, create_time_ms }) as Version;
const figures = (name: string | null, traces: number) =>
  ({ group: { version: name }, traces }) as unknown as FiguresRow;

test("versions come with the figures of their name, and those that only traces name come after them", () => {
  const rows = rowsOf([version("m-2", "b"), version("m-1", "a")], [figures("a", 7), figures("x", 3)], true);

  expect(rows.map((row) => [row.key, row.figures?.traces ?? null, row.version === null])).toEqual([
    ["m-2", null, false],
    ["m-1", 7, false],
    ["x", 3, true],
  ]);
});

test("nothing is called unknown while there are more versions than were read", () => {
  expect(rowsOf([version("m-1", "a")], [figures("x", 3)], false).map((row) => row.key)).toEqual(["m-1"]);
});

test("versions of one name say that they share their figures", () => {
  expect(rowsOf([version("m-2", "a"), version("m-1", "a")], [], true).map((row) => row.namesakes)).toEqual([2, 2]);
});

test("traces that name no version are no row, but counted", () => {
  const all = [figures(null, 5), figures("a", 1)];

  expect(rowsOf([], all, true).map((row) => row.key)).toEqual(["a"]);
  expect(unnamed(all)?.traces).toBe(5);
});

test("rows without a value stand last in both directions, and names count like people do", () => {
  const rows = ["v10", null, "v9"];

  expect(sorted(rows, (row) => row, false)).toEqual(["v9", "v10", null]);
  expect(sorted(rows, (row) => row, true)).toEqual(["v10", "v9", null]);
});

test("versions that were made at once stand by their number", () => {
  const rows = rowsOf([version("m-1", "v1.9"), version("m-2", "v1.10")], [], true);

  expect(rows.map((row) => row.name)).toEqual(["v1.10", "v1.9"]);
});

test("the older of two versions is the first side", () => {
  const [older, newer] = rowsOf([version("m-1", "a", 1), version("m-2", "b", 2)], [], true);
  if (!older || !newer) throw new Error("two rows were made");

  expect(inOrder(newer, older).map((row) => row.key)).toEqual(["m-1", "m-2"]);
});
