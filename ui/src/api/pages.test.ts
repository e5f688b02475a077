import { expect, test } from "vitest";
import { readAll, shortRun } from "./pages";

test("full pages are no short run, whatever came before", () => {
  expect(shortRun([0, 3, 100])).toBe(0);
  expect(shortRun([])).toBe(0);
});

test("short pages at the end are counted, empty ones too", () => {
  expect(shortRun([100, 3, 0])).toBe(2);
  expect(shortRun([0, 0, 0])).toBe(3);
});

/** Pages that are read one after the other; a null is one that could not be read, once. */
function pagesOf(read: number[], [next, ...rest]: (number | null)[], isError = false): Parameters<typeof readAll>[0] {
  return {
    data: { pages: read },
    hasNextPage: next !== undefined,
    isError,
    fetchNextPage: async () => (next == null ? pagesOf(read, rest, true) : pagesOf([...read, next], rest)),
  };
}

test("all pages are read, or none is given: a part is not taken for the whole", async () => {
  expect(await readAll(pagesOf([1], [2, 3]))).toEqual([1, 2, 3]);
  expect(await readAll(pagesOf([1], [null, 2]))).toBeNull();
});

test("pages are read on after one that failed before", async () => {
  expect(await readAll(pagesOf([1], [2], true))).toEqual([1, 2]);
});
