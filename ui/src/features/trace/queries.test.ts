import { QueryClient } from "@tanstack/react-query";
import { expect, test } from "vitest";
import { LargeValue } from "@/payload/largeValue";
import { stubWorker } from "@/payload/worker.testing";
import { rawQuery } from "./queries";

const SERVED: Record<string, unknown> = {
  "/small": { resourceSpans: [] },
  "/large": { resourceSpans: [{ spans: [{ text: "so long ".repeat(200_000) }] }] },
};
stubWorker((address) => SERVED[address]);

test("the raw trace is as it was served, and the worker's where it is large", async () => {
  const client = new QueryClient();

  expect(await client.fetchQuery(rawQuery("/small"))).toEqual({ resourceSpans: [] });
  const large = await client.fetchQuery(rawQuery("/large"));
  expect(large).toBeInstanceOf(LargeValue);
  expect(JSON.parse(await (large as LargeValue).text())).toEqual(SERVED["/large"]);
});
