import { describe, expect, it } from "vitest";
import { expectedAt, freeText, loneTraceId, offsetOf } from "./expected";

/** The place of the bar in the text is the cursor. */
function at(text: string) {
  const cursor = text.indexOf("|");
  return expectedAt(text.replace("|", ""), cursor);
}

describe("what may stand at the cursor", () => {
  it.each([
    ["|", "field"],
    ["sta|", "field"],
    ["NOT |", "field"],
    ["(|", "field"],
    ["status |", "operator"],
    ["status !|", "operator"],
    ["name NOT |", "operator"],
    ["status = |", "value"],
    ["status = 'ER|", "value"],
    ["status = 'ER|ROR' AND name = 'a'", "value"],
    ["status IN |", "list"],
    ["status IN (|", "value"],
    ["status IN ('OK'|)", "comma"],
    ["status IN ('OK', 'ER|", "value"],
    ["user IS |", "null"],
    ["user IS NOT |", "null"],
    ["status = 'OK' |", "joint"],
    ["status = 'OK' a|", "joint"],
    ["status IN ('OK') |", "joint"],
    ["status = 'OK' AND |", "field"],
    ["(status = 'OK' OR na|)", "field"],
    ["status = 'OK' name |", "operator"],
    ["tags.`my k|", "field"],
  ])("%s expects a %s", (text, what) => {
    expect(at(text).what).toBe(what);
  });

  it("tells field, operator, and what is typed of a value without its quotes", () => {
    expect(at("tags.a IN ('x', 'it''s|")).toMatchObject({
      field: "tags.a",
      operator: "IN",
      isInList: true,
      typed: "it's",
    });
  });

  it("covers the whole of the word or the quotes that the cursor is in", () => {
    expect(at("status = 'ER|ROR' AND x")).toMatchObject({ from: 9, to: 16 });
    expect(at("sta|tus = 'x'")).toMatchObject({ from: 0, to: 6, typed: "sta" });
    expect(at("tags.`my k|")).toMatchObject({ from: 0, typed: "tags.`my k" });
  });
});

describe("words without an operator", () => {
  it("are a text to look for", () => {
    expect(freeText("  the payment failed ")).toBe("the payment failed");
    expect(freeText("'rate limit'")).toBe("rate limit");
    expect(freeText("it's broken")).toBe("it's broken");
    expect(freeText("日本")).toBe("日本");
  });

  it("are not what somebody writes in the language", () => {
    for (const text of ["", "  ", "status =", "(status", "name LIKE 'a", "user IS NOT NULL", "status == x"]) {
      expect(freeText(text), text).toBeNull();
    }
  });
});

describe("the id of a trace alone", () => {
  const hex = "0123456789abcdef0123456789ABCDEF";

  it("is known with and without its prefix", () => {
    expect(loneTraceId(` tr-${hex} `)).toBe(`tr-${hex.toLowerCase()}`);
    expect(loneTraceId(hex)).toBe(`tr-${hex.toLowerCase()}`);
  });

  it("is nothing else", () => {
    for (const text of [`${hex}0`, `tr-${hex} x`, "tr-", `trace_id = '${hex}'`]) expect(loneTraceId(text)).toBeNull();
  });
});

it("finds the server's position behind characters of two units", () => {
  expect(offsetOf("name = '😀' x", 11)).toBe(12);
});
