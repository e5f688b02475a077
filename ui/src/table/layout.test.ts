import { describe, expect, it } from "vitest";
import type { Column } from "./columns";
import { leastWidthPx, tracks } from "./columns";
import { moved, parseLayout, placesOf, shownColumns, toggled, withWidth, writeLayout } from "./layout";

const column = (id: string, more: Partial<Column<unknown>> = {}): Column<unknown> => ({
  id,
  header: id,
  cell: () => null,
  widthPx: 100,
  ...more,
});
const COLUMNS = [
  column("status", { isFixed: true }),
  column("name", { grows: true }),
  column("cost", { isOptional: true }),
];
const ids = (layout?: string) => shownColumns(COLUMNS, layout).map((one) => one.id);

describe("a layout in the address", () => {
  it("reads as it was written", () => {
    const layout = "name:200,status,tags.`a,b:1`:90";
    expect(parseLayout(layout)).toEqual([
      { id: "name", widthPx: 200 },
      { id: "status", widthPx: null },
      { id: "tags.`a,b:1`", widthPx: 90 },
    ]);
    expect(writeLayout(parseLayout(layout) ?? [])).toBe(layout);
  });

  it("is none where nothing is written", () => {
    expect([parseLayout(undefined), parseLayout(""), parseLayout(",,")]).toEqual([null, null, null]);
  });

  it("names no column twice, and no width that cannot be seen", () => {
    expect(parseLayout("a:1,a:90,b:99999")).toEqual([
      { id: "a", widthPx: 48 },
      { id: "b", widthPx: 2000 },
    ]);
  });
});

describe("the columns that are shown", () => {
  it("are those that are not optional, without a layout", () => expect(ids()).toEqual(["status", "name"]));
  it("are those of the layout in its order", () => expect(ids("cost,status")).toEqual(["cost", "status"]));
  it("have the fixed ones even where the layout forgets them", () => expect(ids("cost")).toEqual(["status", "cost"]));
  it("leave out what is no column", () => expect(ids("status,gone")).toEqual(["status"]));
  it("keep a name that is no column yet in the layout", () => {
    expect(writeLayout(withWidth(placesOf(COLUMNS, "status,gone"), "status", 70))).toBe("status:70,gone");
  });
});

describe("changes", () => {
  const places = placesOf(COLUMNS, "status,name:150,cost");
  it("show as the last, and hide", () => {
    expect(writeLayout(toggled(places, "name"))).toBe("status,cost");
    expect(writeLayout(toggled(toggled(places, "name"), "name"))).toBe("status,cost,name");
  });
  it("move within the ends", () => {
    expect(writeLayout(moved(places, "cost", -1))).toBe("status,cost,name:150");
    expect(writeLayout(moved(places, "cost", 5))).toBe("status,name:150,cost");
    expect(writeLayout(moved(places, "gone", 1))).toBe("status,name:150,cost");
  });
  it("give a width and take it back", () => {
    expect(writeLayout(withWidth(places, "name", 1))).toBe("status,name:48,cost");
    expect(writeLayout(withWidth(places, "name", null))).toBe("status,name,cost");
  });
});

describe("the tracks of the grid", () => {
  it("let a column grow until somebody gives it a width", () => {
    expect(tracks(shownColumns(COLUMNS, undefined), true)).toBe("36px 100px minmax(100px, 1fr)");
    expect(tracks(shownColumns(COLUMNS, "status,name:150"), false)).toBe("100px 150px 1fr");
  });
  it("tell from which width on the table fits", () => {
    expect(leastWidthPx(shownColumns(COLUMNS, "status,name:150"), true)).toBe(286);
  });
});
