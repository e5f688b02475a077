import { describe, expect, it } from "vitest";
import { addable, canBeFacet, facetRows, inOrder, otherTerms, setFacets, toggled } from "./facets";
import type { FacetModel, FieldModel } from "./queries";

const TOOLS = { field: "span.name", only: "span.type = 'TOOL'" };
const counted = (values: Record<string, number>): FacetModel => ({
  field: "user",
  only: null,
  others: 0,
  without: 0,
  values: Object.entries(values).map(([value, traces]) => ({ value, traces, filter: "" })),
});

describe("facets", () => {
  it("are set by terms that name values, in any spelling, and by no others", () => {
    const q = "state = 'OK' AND NOT user = 'a' AND duration > 5 AND tags.x LIKE 'a%' AND (name = 'a' OR name = 'b')";
    expect(setFacets(q, []).map(({ field }) => field)).toEqual(["status", "user"]);
    expect(otherTerms(q).map(({ text }) => text)).toEqual(["(name = 'a' OR name = 'b')"]);
  });

  it("know what their spans must be", () => {
    expect(setFacets("span.type = 'TOOL' AND span.name = 'a'", [TOOLS])).toContainEqual(TOOLS);
  });

  it("show what is set even where no trace has it", () => {
    const rows = facetRows(counted({ ana: 3, bo: 1 }), { included: ["zoe"], excluded: ["bo"] });
    expect(rows).toEqual([
      { value: "zoe", traces: null, state: "included" },
      { value: "ana", traces: 3, state: null },
      { value: "bo", traces: 1, state: "excluded" },
    ]);
  });

  it("take a value back on the second click, and from the other side on the first", () => {
    const one = toggled({ included: [], excluded: ["b"] }, "a", "included");
    expect(one).toEqual({ included: ["a"], excluded: ["b"] });
    expect(toggled(one, "b", "included")).toEqual({ included: ["a", "b"], excluded: [] });
    expect(toggled(one, "a", "included")).toEqual({ included: [], excluded: ["b"] });
  });

  it("keep their places", () => {
    const facet = (field: string) => ({ field, only: null });
    expect(inOrder([facet("c"), facet("a"), facet("new")], ["a", "b", "c"]).map(({ field }) => field)).toEqual([
      "a",
      "c",
      "new",
    ]);
  });

  it("are of fields whose values can be counted", () => {
    const field = (name: string, traces: number | null) => ({ field: name, traces }) as FieldModel;
    expect(canBeFacet("duration")).toBe(false);
    expect(canBeFacet("trace.text")).toBe(false);
    const found = addable(
      [field("tags.a", 1), field("tags.b", 5), field("tags.c", 0), field("user", 9)],
      [{ field: "user", only: null }],
    );
    expect(found.map((each) => each.field)).toEqual(["tags.b", "tags.a"]);
  });
});
