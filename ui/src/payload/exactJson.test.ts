import { describe, expect, it } from "vitest";
import { parseJson, writeJson } from "./exactJson";
import { Viewer } from "./viewer";

describe("numbers", () => {
  it("keep all their digits, also when they are copied", () => {
    const text = '{"id":9007199254740993,"list":[-12345678901234567890],"small":17,"part":0.1}';
    const value = parseJson(text);
    expect(writeJson(value, 0)).toBe(text);
    expect(new Viewer(value).window(0, 1).rows[0]).toMatchObject({ kind: "number", text: "9007199254740993" });
  });

  it("within texts are left alone, and a text is never taken for a number", () => {
    const value = { text: '12345678901234567890 and "98765432109876543210"', one: 1, mark: "\\u0000number:12" };
    expect(parseJson(JSON.stringify({ ...value, id: 1 }).replace('"id":1', '"id":90071992547409930'))).toEqual({
      ...value,
      id: 90071992547409930n,
    });
  });

  it("that tell times in nanoseconds stay numbers", () => {
    const value = parseJson('{"start_ns":1795310237131238656,"x":90071992547409930}') as Record<string, unknown>;
    expect(typeof value.start_ns).toBe("number");
  });
});
