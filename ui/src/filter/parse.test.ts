import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import cases from "./cases.json";
import { parseFilter } from "./parse";
import { ALIASES, ATTRIBUTES, fieldOf, isField, nearest } from "./vocabulary";

const GUIDE = readFileSync("../docs/guide/searching.md", "utf8");

/** What the guide shows as a filter: in backticks or indented, with an operator and a value. */
function examplesOfTheGuide(): string[] {
  const spans = [...GUIDE.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map((match) => match[1] ?? "");
  const blocks = [...GUIDE.matchAll(/^ {4}(\w[^=|\n]* = '[^|\n]*)$/gm)].map((match) => match[1] ?? "");
  return [...spans.filter((each) => /^(NOT )?[a-z]+(\.[a-z_]+)* (=|!=|ILIKE|IS|LIKE) ('|NULL)/.test(each)), ...blocks];
}

describe("the reader of filters", () => {
  it("reads every example of the guide", () => {
    const examples = examplesOfTheGuide();
    expect(examples.length).toBeGreaterThanOrEqual(6);
    for (const each of examples) expect(parseFilter(each).problems, each).toEqual([]);
  });

  it.each(cases.reads)("reads %j as the server does", (text) => {
    expect(parseFilter(text).problems).toEqual([]);
  });

  it.each(cases.refuses)("refuses $text where the server does", ({ text, at }) => {
    expect(parseFilter(text).problems[0]?.from).toBe(at);
  });

  it("knows the server's names, operators and prefixes", () => {
    for (const [name, operators] of Object.entries(cases.attributes)) {
      const found = fieldOf(`attributes.${name}`);
      expect(isField(found) && [...found.rule.operators].sort(), name).toEqual([...operators].sort());
    }
    expect([...Object.keys(ATTRIBUTES), ...Object.keys(ALIASES)].sort()).toEqual(Object.keys(cases.attributes).sort());
    for (const prefix of cases.prefixes) expect(fieldOf(prefix)).toMatchObject({ why: "needsKey" });
  });

  it("holds the server's limits", () => {
    const nested = (depth: number) => `${"(".repeat(depth)}name = 'a'${")".repeat(depth)}`;
    expect(parseFilter(nested(50)).problems).toEqual([]);
    expect(parseFilter(nested(51)).problems[0]?.from).toBe(50);
    expect(parseFilter("name = 'a' ".repeat(500)).problems).toEqual([]);
    expect(parseFilter("name = 'a' ".repeat(501)).problems[0]?.from).toBe(500 * 11);
    expect(parseFilter(" ".repeat(16_385)).problems[0]?.from).toBe(16_384);
    expect(parseFilter("(".repeat(16_000)).problems).toHaveLength(1);
  });

  it("names all wrong names and values of a text at once", () => {
    expect(parseFilter("usr = 'a' AND status = OK").problems.map((each) => each.from)).toEqual([0, 23]);
  });

  it("says which name was probably meant", () => {
    expect(nearest("statsu", ["status", "name"])).toBe("status");
    expect(nearest("colour", ["status", "name"])).toBeNull();
    expect(parseFilter("usr = 'a'").problems[0]?.words).toContain("did you mean 'user'");
    expect(parseFilter("duration => 5").problems[0]?.words).toContain("did you mean '>='");
  });
});
