import { expect, it } from "vitest";
import { between, withAll, withToggled } from "./selection";
import { nextSort, parseSort } from "./sort";

it("clicks on a header go one way, the other way, and to no order", () => {
  const name = { id: "name" };
  expect(nextSort(undefined, name)).toBe("name");
  expect(nextSort("name", name)).toBe("-name");
  expect(nextSort("-name", name)).toBeUndefined();
  expect(nextSort("-cost", name)).toBe("name");
});

it("numbers begin with the largest", () => {
  const cost = { id: "cost", align: "end" } as const;
  expect(nextSort(undefined, cost)).toBe("-cost");
  expect(nextSort("-cost", cost)).toBe("cost");
  expect(nextSort("cost", cost)).toBeUndefined();
});

it("an order in the address is a column, after - descending", () => {
  expect(parseSort("-tags.a-b")).toEqual({ id: "tags.a-b", isDescending: true });
  expect(parseSort("name")).toEqual({ id: "name", isDescending: false });
  expect([parseSort(undefined), parseSort(""), parseSort("-")]).toEqual([null, null, null]);
});

it("a range is selected whichever end came first, and keeps what was selected", () => {
  const rows = ["a", "b", "c", "d"];
  expect(between(rows, 3, 1)).toEqual(["b", "c", "d"]);
  expect([...withAll(new Set(["z"]), between(rows, 0, 1))]).toEqual(["z", "a", "b"]);
  expect([...withToggled(new Set(["a", "b"]), "a")]).toEqual(["b"]);
});
