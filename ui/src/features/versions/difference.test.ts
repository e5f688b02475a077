import { expect, test } from "vitest";
import { pairsOf } from "./difference";

test("values stand side by side by key, also where one side has none", () => {
  expect(
    pairsOf({ model: "small", temperature: "0.2" }, { model: "large", reranker: "yes", temperature: "0.2" }),
  ).toEqual([
    { key: "model", a: "small", b: "large", differs: true },
    { key: "reranker", a: null, b: "yes", differs: true },
    { key: "temperature", a: "0.2", b: "0.2", differs: false },
  ]);
});

test("a key that every object has is not taken for a value", () => {
  expect(pairsOf({}, { constructor: "x" })).toEqual([{ key: "constructor", a: null, b: "x", differs: true }]);
});

test("an empty value differs from none", () => {
  expect(pairsOf({ note: "" }, {})[0]?.differs).toBe(true);
});
