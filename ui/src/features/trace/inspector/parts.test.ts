import { describe, expect, it } from "vitest";
import { formOf, judgedOf, readValue } from "./assessments";
import { filterValue, groupsOf, rowsOf, sought } from "./attributeGroups";
import { errorsOf, partsOf, shownPart, toolsOf } from "./parts";
import type { Assessment, Span } from "./queries";

const span = (given: Partial<Span>): Span =>
  ({
    status: "UNSET",
    status_message: "",
    input_messages: [],
    output_messages: [],
    documents: [],
    tools: [],
    attributes: {},
    resource: {},
    events: [],
    links: [],
    ...given,
  }) as Span;
const exception = (type: string, message: string) => ({
  name: "exception",
  time_ns: 1,
  attributes: { "exception.type": type, "exception.message": message, "exception.stacktrace": "at a" },
});

describe("the parts of a span", () => {
  it("are those that it has, and assessments", () => {
    const parts = partsOf(span({ attributes: { a: 1, b: 2 } }), 0);
    expect(parts.map(({ part, count }) => [part, count])).toEqual([
      ["content", null],
      ["attributes", 2],
      ["assessments", 0],
      ["raw", null],
    ]);
  });

  it("that an address names are shown where there are any", () => {
    const parts = partsOf(span({ documents: [{ content: "a", document_id: null, score: null, metadata: {} }] }), 0);
    expect(shownPart(parts, "raw")).toBe("raw");
    expect(shownPart(parts, "output")).toBe("content");
    expect(shownPart(parts, "events")).toBe("documents");
    expect(shownPart(parts, undefined)).toBe("documents");
  });
});

describe("the errors of a span", () => {
  it("are its exceptions; a status that says the same is not told twice", () => {
    const events = [exception("KeyError", "no such parcel"), exception("KeyError", "no such parcel")];
    for (const status_message of ["", "no such parcel", "KeyError: no such parcel"]) {
      expect(errorsOf(span({ status: "ERROR", status_message, events }))).toEqual([
        { type: "KeyError", message: "no such parcel", stack: "at a" },
      ]);
    }
    expect(errorsOf(span({ status: "ERROR", status_message: "gave up", events }))).toHaveLength(2);
  });

  it("are told by the status where there is no exception, even without words", () => {
    expect(errorsOf(span({ status: "ERROR", status_message: "timeout" }))).toEqual([
      { type: "", message: "timeout", stack: "" },
    ]);
    expect(errorsOf(span({ status: "ERROR" }))).toHaveLength(1);
    expect(errorsOf(span({}))).toEqual([]);
  });
});

describe("tools", () => {
  it("that were called stand first, with how often", () => {
    const call = { type: "tool_call", name: "refund", arguments: {}, call_id: "c" };
    const tools = ["track", "refund"].map((name) => ({ name, description: null, parameters: null }));
    const output = [{ role: "assistant" as const, parts: [call, call], name: null, finish_reason: null }];
    expect(toolsOf(span({ tools, output_messages: output })).map(({ name, calls }) => [name, calls])).toEqual([
      ["refund", 2],
      ["track", 0],
    ]);
  });
});

describe("attributes", () => {
  const rows = rowsOf({ "llm.10": "b", "llm.9": "a", "gen_ai.system": "openai", "mlflow.x": { deep: "Porto" } });

  it("are grouped by who defines them, numbers in their names by size", () => {
    expect(groupsOf(rows).map(({ id, attributes }) => [id, attributes.map(({ key }) => key)])).toEqual([
      ["gen_ai", ["gen_ai.system"]],
      ["mlflow", ["mlflow.x"]],
      ["others", ["llm.9", "llm.10"]],
    ]);
  });

  it("are found by name and by value", () => {
    expect(sought(rows, "porto").map(({ key }) => key)).toEqual(["mlflow.x"]);
    expect(sought(rows, "GEN_AI").map(({ key }) => key)).toEqual(["gen_ai.system"]);
    expect(sought(rows, " ")).toHaveLength(4);
  });

  it("are filtered by as the server compares them", () => {
    expect(filterValue("a")).toBe("a");
    expect(filterValue(true)).toBe("true");
    expect(filterValue(1234567890123456789n)).toBe("1234567890123456789");
    expect(filterValue({ a: [1] })).toBe('{"a":[1]}');
    expect(filterValue("x".repeat(2_000))).toBeNull();
  });
});

describe("assessments", () => {
  const one = (id: string, given: Partial<Assessment>): Assessment =>
    ({ assessment_id: id, create_time_ms: 1, overrides: null, valid: true, ...given }) as Assessment;

  it("stand with those that they took the place of", () => {
    const judged = judgedOf([
      one("a", { valid: false }),
      one("b", { valid: false, overrides: "a", create_time_ms: 2 }),
      one("c", { overrides: "b", create_time_ms: 3 }),
      one("d", { create_time_ms: 4 }),
    ]);
    expect(
      judged.map(({ assessment, before }) => [assessment.assessment_id, before.map((each) => each.assessment_id)]),
    ).toEqual([
      ["d", []],
      ["c", ["b", "a"]],
    ]);
  });

  it("that nothing took the place of are not lost, whatever they say", () => {
    expect(judgedOf([one("a", { valid: false })])).toHaveLength(1);
    expect(judgedOf([one("a", { overrides: "gone" })])).toHaveLength(1);
  });

  it("have values of four forms", () => {
    expect(readValue("yesNo", "false")).toEqual({ value: false });
    expect(readValue("number", "0.5")).toEqual({ value: 0.5 });
    expect(readValue("number", "half")).toEqual({ problem: "number" });
    expect(readValue("json", '{"a":1}')).toEqual({ value: { a: 1 } });
    expect(readValue("json", "{")).toEqual({ problem: "json" });
    expect(readValue("text", " ")).toEqual({ problem: "empty" });
    expect([true, 2, "a", [1]].map(formOf)).toEqual(["yesNo", "number", "text", "json"]);
  });
});
