import { expect, test } from "vitest";
import { subjectOrder } from "./order";

test("a sort is a column, from the largest down after a minus", () => {
  expect(subjectOrder("-cost")).toEqual({ order_by: "cost_usd", descending: true });
  expect(subjectOrder("traces")).toEqual({ order_by: "traces", descending: false });
});

test("without a sort that can be read the latest come first", () => {
  const latest = { order_by: "last_time_ms", descending: true };
  expect(subjectOrder(undefined)).toEqual(latest);
  expect(subjectOrder("feedback")).toEqual(latest);
  expect(subjectOrder("constructor")).toEqual(latest);
});
