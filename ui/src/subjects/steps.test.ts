import { expect, test } from "vitest";
import { stepsOf } from "./steps";

test("steps without traces are zeros, from the step that the time begins in", () => {
  const rows = [
    { bucket_start_ms: 200, traces: 5, errors: 2, cost_usd: 0.5 },
    { bucket_start_ms: 400, traces: 1, errors: 0, cost_usd: null },
  ];

  expect(stepsOf(rows, 150, 500, 100)).toEqual({
    xMs: [100, 200, 300, 400],
    sound: [0, 3, 0, 1],
    errors: [0, 2, 0, 0],
    costUsd: [0, 0.5, 0, 0],
  });
});
