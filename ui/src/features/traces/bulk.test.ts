import { expect, it } from "vitest";
import { forEachPart } from "./bulk";

const never = new AbortController().signal;
const ids = (first: number, end: number) => Array.from({ length: end - first }, (_, at) => `${first + at}`);

it("all traces are changed, a hundred at a time, and the failed ones are counted", async () => {
  const [parts, seen]: [string[][], number[]] = [[], []];
  const outcome = await forEachPart(
    [ids(0, 250), ids(250, 260)],
    async (part) => {
      parts.push(part);
      if (part.includes("120")) throw new Error("locked");
      return part;
    },
    (done) => seen.push(done),
    never,
  );
  expect(parts.map((part) => part.length)).toEqual([100, 100, 50, 10]);
  expect(outcome).toEqual({ changed: [...ids(0, 100), ...ids(200, 260)], failed: 100, why: "locked" });
  expect(seen).toEqual([100, 200, 250, 260]);
});

it("cancelling stops before the next hundred", async () => {
  const ended = new AbortController();
  const outcome = await forEachPart(
    [ids(0, 250), ids(250, 300)],
    async (part) => {
      if (part.includes("150")) ended.abort();
      return part;
    },
    () => undefined,
    ended.signal,
  );
  expect(outcome.changed.length).toBe(200);
});
