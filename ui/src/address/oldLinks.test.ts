import { expect, test } from "vitest";
import { addressOfHash } from "./oldLinks";

test.each([
  ["#/experiments/3/traces/tr-1?selectedSpanId=ab", "/experiments/3/traces/tr-1?span=ab"],
  ["#/experiments/3/traces?selectedEvaluationId=tr-1", "/experiments/3/traces/tr-1"],
  ["#/experiments/3?compareRunsMode=TRACES&selectedTraceId=tr-9", "/experiments/3/traces/tr-9"],
  ["#/experiments/3/traces?startTimeLabel=LAST_24_HOURS", "/experiments/3/traces?t=24h"],
  [
    "#/experiments/3/traces?startTimeLabel=CUSTOM&startTime=2026-11-01T00%3A00%3A00Z&endTime=2026-11-02T00%3A00%3A00Z",
    "/experiments/3/traces?t=1793491200000..1793577600000",
  ],
  ["#/experiments/3/chat-sessions/a%2Fb", "/experiments/3/sessions/a%2Fb"],
  ["#/experiments/3/overview/quality", "/experiments/3/monitoring"],
  ["#/experiments/3/models/m-1", "/experiments/3/versions/m-1"],
  ["#/experiments/3/runs/r1", "/experiments/3/traces?q=run_id+%3D+%27r1%27"],
  ["#/experiments/3/somewhere/else", "/experiments/3/traces"],
  ["#/experiments/3/__proto__", "/experiments/3/traces"],
  ["#/experiments/3/constructor", "/experiments/3/traces"],
  ["#/experiments", "/experiments"],
  ["#/", "/"],
])("%s leads to %s", (hash, address) => {
  expect(addressOfHash(hash)).toBe(address);
});

test.each(["", "#content", "#/prompts"])("%j is no address of MLflow's that we have", (hash) => {
  expect(addressOfHash(hash)).toBeNull();
});
