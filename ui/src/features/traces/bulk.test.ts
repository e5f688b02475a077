import { expect, it } from "vitest";
import { forEachId } from "./bulk";

const never = new AbortController().signal;

it("all traces are changed, page by page, and the failed ones are counted", async () => {
  const seen: number[] = [];
  const outcome = await forEachId(
    [["a", "b"], ["c"], ["d", "e"]],
    async (id) => {
      if (id === "c" || id === "d") throw new Error(`${id} is locked`);
    },
    (done) => seen.push(done),
    never,
  );
  expect([outcome.changed.sort(), outcome.failed, outcome.why]).toEqual([["a", "b", "e"], 2, "c is locked"]);
  expect(seen.at(-1)).toBe(5);
});

it("cancelling stops before the next trace", async () => {
  const ended = new AbortController();
  const outcome = await forEachId(
    [["a", "b", "c", "d", "e", "f"], ["g"]],
    async (id) => {
      if (id === "d") ended.abort();
    },
    () => undefined,
    ended.signal,
  );
  expect(outcome.changed).not.toContain("g");
  expect(outcome.changed.length).toBeLessThan(6);
});
