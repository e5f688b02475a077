import { expect, it } from "vitest";
import { type Count, keptOf, refusedOf, totalsOf } from "./counts";

const count = (fields: Partial<Count>): Count => ({
  experiment_id: "1",
  client: "app/1",
  protocol: "otlp-http",
  outcome: "kept",
  reason: "",
  requests: 1,
  traces: 1,
  spans: 2,
  body_bytes: 100,
  last_time_ms: 10,
  ...fields,
});

it("spans that were sent twice stand beside those that were kept, not among them", () => {
  const [kept] = keptOf(
    [count({}), count({ outcome: "duplicate", requests: 0, traces: 0, spans: 5, body_bytes: 0, last_time_ms: 30 })],
    null,
  );
  expect(kept).toMatchObject({ requests: 1, spans: 2, duplicates: 5, bodyBytes: 100, lastTimeMs: 30 });
});

it("an experiment narrows what was kept, and leaves what was refused", () => {
  const counts = [
    count({}),
    count({ experiment_id: "2" }),
    count({ experiment_id: null, outcome: "rejected", reason: "time" }),
  ];
  expect(keptOf(counts, "2").map((one) => one.experimentId)).toEqual(["2"]);
  expect(keptOf(counts, null)).toHaveLength(2);
  expect(refusedOf(counts).map((one) => one.reason)).toEqual(["time"]);
});

it("what is newest stands first", () => {
  const counts = [count({ client: "old", last_time_ms: 1 }), count({ client: "new", last_time_ms: 2 })];
  expect(keptOf(counts, null).map((one) => one.client)).toEqual(["new", "old"]);
});

it("the sums of nothing have no last time", () => {
  expect(totalsOf([]).lastTimeMs).toBeNull();
  expect(totalsOf(keptOf([count({}), count({ client: "b", spans: 3, last_time_ms: 20 })], null))).toMatchObject({
    spans: 5,
    lastTimeMs: 20,
  });
});
