import { describe, expect, it } from "vitest";
import type { Trace } from "./live";
import { assessmentName, cellValue, columnOfField, labelKey, spanAttributeKey } from "./values";

const TRACE = {
  state: "ERROR",
  duration_ms: null,
  version: "v1",
  version_name: "shop-1",
  usage: null,
  tags: { team: "core", "my key": "x" },
  metadata: {},
} as unknown as Trace;

describe("the value of a cell", () => {
  it("is named as a filter names it", () => {
    expect(cellValue("status", TRACE)).toEqual({ field: "status", kind: "text", value: "ERROR", group: "status" });
    expect(cellValue("version", TRACE)?.value).toBe("shop-1");
    expect(cellValue("tags.`my key`", TRACE)).toEqual({
      field: "tags.`my key`",
      kind: "text",
      value: "x",
      group: "tags.`my key`",
    });
  });
  it("may be missing", () => {
    expect([cellValue("duration", TRACE)?.value, cellValue("tokens", TRACE)?.value]).toEqual([null, null]);
    expect(cellValue("metadata.gone", TRACE)?.value).toBeNull();
  });
  it("is none where a column has many", () => expect(cellValue("tags", TRACE)).toBeNull());
});

describe("a field as a column", () => {
  it("is the column that has it already", () => {
    expect(["state", "trace.timestamp_ms", "execution_time", "cost.total"].map(columnOfField)).toEqual([
      "status",
      "start",
      "duration",
      "cost",
    ]);
  });
  it("is one of its own for keys, attributes and assessments", () => {
    expect(
      ["tag.team", "metadata.`a b`", "span.attributes.gen_ai.system", "feedback.helpful"].map(columnOfField),
    ).toEqual(["tags.team", "metadata.`a b`", "span.attributes.gen_ai.system", "feedback.helpful"]);
  });
  it("is none for what a row has no value of", () => {
    expect(["team", "tags.", "span.content", "tags.a b", ""].map(columnOfField)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
  it("names a key", () => {
    expect(labelKey("tags.a.b")).toEqual({ scope: "tags", key: "a.b" });
    expect(spanAttributeKey("span.attributes.`a b`")).toBe("a b");
    expect(assessmentName("feedback.helpful")).toEqual({ kind: "feedback", name: "helpful" });
    expect([labelKey("name"), spanAttributeKey("span.name"), assessmentName("tags.x")]).toEqual([null, null, null]);
  });
});
