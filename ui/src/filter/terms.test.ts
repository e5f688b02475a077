import { describe, expect, it } from "vitest";
import cases from "./cases.json";
import { parseFilter } from "./parse";
import {
  andFilter,
  fieldName,
  quoted,
  termsOf,
  valuesOf,
  withFacet,
  withoutFacet,
  withoutTerm,
  withTerm,
  withValues,
} from "./terms";

const FILTERS = [
  "",
  "status = 'OK'",
  "status = 'OK' AND",
  "name = 'a' user IN ('x', 'y')",
  "status = 'OK' OR name = 'b'",
  "NOT (user = 'a' OR session IS NULL) AND duration > 500",
  "(status = 'OK' AND user != 'x') AND NOT user = 'y'",
  "user = 'it''s' AND tags.`my key` LIKE '%a%'",
];
const FIELDS = ["status", "user", "tags.`my key`", "span.type", "feedback.helpful"];
const VALUES = ["x", "OK", "it's", "a, 'b'", "%", "", "日本", "5"];

const everyway = FILTERS.flatMap((q) => FIELDS.flatMap((field) => VALUES.map((value) => ({ q, field, value }))));

describe("terms", () => {
  it.each(everyway)("$q with $field = $value lets that value in, and only that", ({ q, field, value }) => {
    const next = withTerm(q, field, value);
    expect(parseFilter(next).problems).toEqual([]);
    expect(valuesOf(next, field).included).toEqual([value]);
    expect(valuesOf(next, field).excluded).not.toContain(value);
    expect(withTerm(next, field, value)).toBe(next);
  });

  it.each(everyway)("$q without $field = $value leaves that value out", ({ q, field, value }) => {
    const next = withTerm(q, field, value, { negated: true });
    expect(parseFilter(next).problems).toEqual([]);
    expect(valuesOf(next, field).excluded).toContain(value);
    expect(valuesOf(next, field).included).not.toContain(value);
  });

  it.each(FILTERS)("a term that is added and taken out again leaves %j with its terms", (q) => {
    const next = withTerm(q, "run_id", "r");
    const added = termsOf(next)?.find((term) => term.field === "run_id");
    if (added === undefined) throw new Error("the term is missing");
    const back = withoutTerm(next, added);
    expect(termsOf(back)?.map((term) => term.text.replace(/^\((.*)\)$/, "$1"))).toEqual(
      termsOf(q)?.map((term) => term.text.replace(/^\((.*)\)$/, "$1")),
    );
  });

  it.each(cases.reads)("the terms of %j, joined again, say the same", (q) => {
    const again = andFilter(q, "");
    const joined = (termsOf(q) ?? []).reduce((sofar, term) => andFilter(sofar, term.text), "");
    expect(parseFilter(joined).problems).toEqual([]);
    expect(termsOf(joined)?.length).toBe(termsOf(again)?.length);
  });

  it("counts other spellings of a field as the same", () => {
    expect(withTerm("state = 'OK' AND tag.x = 'a'", "status", "ERROR")).toBe("status = 'ERROR' AND tag.x = 'a'");
    expect(valuesOf("request_metadata.`a` = 'b'", "metadata.a").included).toEqual(["b"]);
  });

  it("keeps traces without the field when a value is left out, unless each trace has the field", () => {
    expect(withTerm("", "user", "ana", { negated: true })).toBe("NOT user = 'ana'");
    expect(withTerm("NOT user = 'ana'", "user", "bo", { negated: true })).toBe("NOT user IN ('ana', 'bo')");
    expect(withTerm("", "status", "OK", { negated: true })).toBe("status != 'OK'");
    expect(withTerm("", "span.status", "OK", { negated: true })).toBe("NOT span.status = 'OK'");
  });

  it("reads values that are left out in each form", () => {
    for (const q of ["user != 'a'", "user NOT IN ('a')", "NOT user = 'a'", "NOT (user IN ('a'))"]) {
      expect(valuesOf(q, "user"), q).toEqual({ included: [], excluded: ["a"] });
    }
  });

  it("does not look into an OR", () => {
    expect(valuesOf("user = 'a' OR user = 'b'", "user")).toEqual({ included: [], excluded: [] });
    expect(withTerm("user = 'a' OR user = 'b'", "status", "OK")).toBe("(user = 'a' OR user = 'b') AND status = 'OK'");
  });

  it("puts one bound of a kind in place of the other", () => {
    const slow = withTerm("duration > 100 AND user = 'a'", "duration", "500", { operator: ">=" });
    expect(slow).toBe("user = 'a' AND duration >= 500");
    expect(withTerm(slow, "duration", "900", { operator: "<" })).toBe(
      "user = 'a' AND duration >= 500 AND duration < 900",
    );
  });

  it("sets a list of values where the first term on the field stood", () => {
    const q = "user = 'a' AND status = 'OK'";
    expect(withValues(q, "user", { included: ["a", "b"], excluded: [] })).toBe("user IN ('a', 'b') AND status = 'OK'");
    expect(withValues(q, "user", { included: [], excluded: [] })).toBe("status = 'OK'");
  });

  it("lets facets of spans hold for different spans, as they are counted", () => {
    const tools = { field: "span.name", only: "span.type = 'TOOL'" };
    const models = { field: "span.model", only: null };
    const one = withFacet("", tools, { included: ["a"], excluded: [] });
    expect(one).toBe("span.type = 'TOOL' AND span.name = 'a'");
    const two = withFacet(one, models, { included: ["m"], excluded: [] });
    expect(two).toBe("span.type = 'TOOL' AND span.name = 'a' AND NOT NOT span.model = 'm'");
    expect(valuesOf(two, "span.model")).toEqual({ included: ["m"], excluded: [] });
    expect(withoutFacet(two, models)).toBe(one);
    const other = withFacet(two, tools, { included: ["a", "b"], excluded: ["c"] });
    expect(valuesOf(other, "span.name")).toEqual({ included: ["a", "b"], excluded: ["c"] });
    expect(parseFilter(other).problems).toEqual([]);
    expect(withoutFacet(withoutFacet(other, tools), models)).toBe("");
    const behind = withFacet("span.status = 'ERROR'", tools, { included: ["a"], excluded: [] });
    expect(behind).toBe("span.status = 'ERROR' AND NOT NOT (span.type = 'TOOL' AND span.name = 'a')");
    expect(withoutFacet(behind, tools)).toBe("span.status = 'ERROR'");
  });

  it("writes keys and values as the language wants them", () => {
    expect(fieldName("tags", "team")).toBe("tags.team");
    expect(fieldName("metadata", "mlflow.source")).toBe("metadata.mlflow.source");
    expect(fieldName("tags", "a `b`")).toBe("tags.`a ``b```");
    expect(quoted("it's")).toBe("'it''s'");
    expect(parseFilter(`${fieldName("span.attributes", "a/b c")} = ${quoted("'")}`).problems).toEqual([]);
  });

  it("says nothing of terms where the text does not parse, and loses nothing of it", () => {
    expect(termsOf("status = ")).toBeNull();
    expect(withTerm("status = ", "user", "a")).toContain("status =");
  });
});
