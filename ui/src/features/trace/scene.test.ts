import { expect, test } from "vitest";
import type { ListView } from "@/address/view";
import { listOf } from "./scene";

test("the way back leads to the list as it was", () => {
  const list: Required<ListView> = {
    ...{ q: "status = 'ERROR'", t: "1d", live: "1", view: "errors", cols: "name", sort: "-cost" },
    ...{ group: "session", rows: "2", strip: "latency" },
  };
  expect(listOf({ ...list, span: "b7ad6b7169203331", tab: "timeline", find: "lost" })).toEqual(list);
});
