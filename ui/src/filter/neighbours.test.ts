import { describe, expect, it } from "vitest";
import type { Schemas } from "@/api/client";
import {
  following,
  type ListPage,
  listFilter,
  listKey,
  loadedNeighbours,
  namesTraces,
  neighbourSearches,
  orderOf,
} from "./neighbours";

type Trace = Schemas["TraceModel"];
const trace = (trace_id: string, request_time_ms = 5) => ({ trace_id, request_time_ms }) as Trace;
const ids = (...traces: (Trace | null | undefined)[]) => traces.map((one) => (one == null ? one : one.trace_id));

describe("the filter of a list", () => {
  it("has the time as terms after what was asked", () => {
    expect(listFilter({ q: "status = 'ERROR'", t: "10..20" }, 0)).toBe(
      "status = 'ERROR' AND timestamp >= 10 AND timestamp < 20",
    );
    expect(listFilter({ t: "1h" }, 7_200_000)).toBe("timestamp >= 3600000");
    expect(listFilter({ t: "all" }, 0)).toBe("");
  });
  it("keeps alternatives together", () => {
    expect(listFilter({ q: "name = 'a' OR name = 'b'", t: "10.." }, 0)).toBe(
      "(name = 'a' OR name = 'b') AND timestamp >= 10",
    );
  });
  it("stays as it is where it cannot be read", () => expect(listFilter({ q: "user =", t: "10.." }, 0)).toBe("user ="));
  it("has no time where traces are asked for by id", () => {
    expect(listFilter({ q: "request_id = 'tr-1'", t: "1h" }, 0)).toBe("request_id = 'tr-1'");
    expect(
      ["trace.trace_id IN ('tr-1')", "request_id != 'tr-1'", "request_id = 'tr-1' AND user = 'ana'"].map(namesTraces),
    ).toEqual([true, false, false]);
  });
});

describe("the order of a list", () => {
  it("is newest first where nothing else is said", () => {
    expect(["-start", undefined, "", "nonsense"].map(orderOf)).toEqual([null, null, null, null]);
    expect(listKey("1", { sort: "-start" })).toEqual(listKey("1", {}));
  });
  it("is by a column or by a key", () => {
    expect(["start", "-cost", "tags.`my key`"].map(orderOf)).toEqual([
      "timestamp ASC",
      "cost.total DESC",
      "tags.`my key` ASC",
    ]);
  });
});

describe("neighbours", () => {
  it("are searched from the trace's time to both sides", () => {
    const view = { q: "user = 'ana'", t: "10.." };
    expect(neighbourSearches(view, trace("b"), 0)).toEqual({
      previous: { filter: "user = 'ana' AND timestamp >= 10 AND timestamp >= 5", orderBy: "timestamp ASC" },
      next: { filter: "user = 'ana' AND timestamp >= 10 AND timestamp <= 5", orderBy: "timestamp DESC" },
    });
    expect(neighbourSearches({ ...view, sort: "start" }, trace("b"), 0)?.next.orderBy).toBe("timestamp ASC");
    expect(neighbourSearches({ ...view, sort: "-cost" }, trace("b"), 0)).toBeNull();
  });

  it("stand after the trace among those of the same millisecond", () => {
    expect(ids(following([trace("a"), trace("b"), trace("c")], trace("b")))).toEqual(["c"]);
    expect(following([trace("a"), trace("b")], trace("b"))).toBeNull();
  });

  it("are of another time where the trace is not in the list", () => {
    expect(ids(following([trace("a"), trace("c", 4)], trace("b")))).toEqual(["c"]);
  });

  it("are known from what is loaded, but for its ends", () => {
    const page = (nextPageToken: string | null, ...names: string[]): ListPage => ({
      traces: names.map((name) => trace(name)),
      nextPageToken,
      filter: "",
    });
    const list = { pages: [page("x", "a", "b"), page("y", "c", "d")], pageParams: [] };
    const of = (traceId: string, pages = list.pages) => {
      const { previous, next } = loadedNeighbours({ ...list, pages }, traceId);
      return ids(previous, next);
    };
    expect(of("c")).toEqual(["b", "d"]);
    expect(of("a")).toEqual([null, "b"]);
    expect(of("d")).toEqual(["c", undefined]);
    expect(of("d", [page(null, "c", "d")])).toEqual(["c", null]);
    expect(of("z")).toEqual([undefined, undefined]);
  });
});
