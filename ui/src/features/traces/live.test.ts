import { describe, expect, it } from "vitest";
import { type Arrivals, liveRows, NO_ARRIVALS, released, type Trace, withNews } from "./live";

const trace = (trace_id: string, request_time_ms: number, change = request_time_ms, state = "OK") =>
  ({ trace_id, request_time_ms, change, state }) as Trace;
const PAGES = [trace("c", 30), trace("b", 20), trace("a", 10)];
const LISTED = new Set(["a", "b", "c"]);
const news = (matching: Trace[], notMatching: string[] = []) => ({ matching, notMatching });
const names = (arrivals: Arrivals, hasMore = false) => liveRows(PAGES, arrivals, hasMore).map((one) => one.trace_id);

describe("new traces", () => {
  it("come in on top", () => {
    expect(names(withNews(NO_ARRIVALS, news([trace("d", 40), trace("e", 50)]), LISTED, false))).toEqual([..."edcba"]);
  });

  it("wait while rows are held still, and come in when they are released", () => {
    const held = withNews(NO_ARRIVALS, news([trace("d", 40)]), LISTED, true);
    expect(names(held)).toEqual([..."cba"]);
    expect(held.waiting.map((one) => one.trace_id)).toEqual(["d"]);
    expect(names(released(held))).toEqual([..."dcba"]);
  });

  it("come in with those that waited once nothing is held", () => {
    const held = withNews(NO_ARRIVALS, news([trace("d", 40)]), LISTED, true);
    expect(names(withNews(held, news([trace("e", 50)]), LISTED, false))).toEqual([..."edcba"]);
  });

  it("that began earlier stand where they belong", () => {
    expect(names(withNews(NO_ARRIVALS, news([trace("x", 25)]), LISTED, false))).toEqual([..."cxba"]);
  });

  it("that are older than what is loaded come with their page", () => {
    const arrivals = withNews(NO_ARRIVALS, news([trace("x", 5)]), LISTED, false);
    expect(names(arrivals, true)).toEqual([..."cba"]);
    expect(names(arrivals, false)).toEqual([..."cbax"]);
  });

  it("stand once where a page has them meanwhile", () => {
    const arrivals = withNews(NO_ARRIVALS, news([trace("d", 40)]), new Set(), false);
    expect(liveRows([trace("d", 40), ...PAGES], arrivals, false).map((one) => one.trace_id)).toEqual([..."dcba"]);
  });

  it("are read anew where they are too many", () => {
    const many = Array.from({ length: 1001 }, (_, index) => trace(`n${index}`, 100 + index));
    expect(withNews(NO_ARRIVALS, news(many), LISTED, true).isCut).toBe(true);
  });
});

describe("traces of the list", () => {
  const running = [trace("c", 30, 1, "IN_PROGRESS"), ...PAGES.slice(1)];

  it("are renewed where they stand, held or not", () => {
    for (const isHeld of [true, false]) {
      const arrivals = withNews(NO_ARRIVALS, news([trace("c", 30, 9)]), LISTED, isHeld);
      expect(liveRows(running, arrivals, false).map((one) => one.state)).toEqual(["OK", "OK", "OK"]);
    }
  });

  it("keep the newer state whichever came first", () => {
    const arrivals = withNews(NO_ARRIVALS, news([trace("c", 30, 9, "OK")]), LISTED, false);
    const late = withNews(arrivals, news([trace("c", 30, 5, "IN_PROGRESS")]), LISTED, false);
    expect(liveRows(running, late, false)[0]?.state).toBe("OK");
  });

  it("go where they no longer match, but not while they are held", () => {
    const held = withNews(NO_ARRIVALS, news([], ["b"]), LISTED, true);
    expect(names(held)).toEqual([..."cba"]);
    expect(names(released(held))).toEqual([..."ca"]);
    expect(names(withNews(NO_ARRIVALS, news([], ["b"]), LISTED, false))).toEqual([..."ca"]);
  });

  it("come back where they match again", () => {
    const gone = withNews(NO_ARRIVALS, news([], ["b"]), LISTED, false);
    expect(names(withNews(gone, news([trace("b", 20, 99)]), LISTED, false))).toEqual([..."cba"]);
  });
});
