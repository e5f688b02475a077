import { describe, expect, it } from "vitest";
import { Documents, WHOLE_CHARS } from "./documents";

const span = (parts: object) =>
  JSON.stringify([{ span_id: "1", name: "export", inputs: null, attributes: {}, ...parts }]);
const served = (text: string, status = 200) => {
  let asked = 0;
  const documents = new Documents(async () => {
    asked++;
    return { status, text };
  });
  return { documents, asked: () => asked };
};

describe("an answer", () => {
  it("is handed over whole while it is small", async () => {
    const { documents } = served(span({ outputs: { a: 1 } }));
    expect(await documents.load("/spans")).toMatchObject({ status: 200, value: [{ outputs: { a: 1 } }], large: [] });
  });

  it("leaves out what is large, says where it was, and gives its rows", async () => {
    const items = Array.from({ length: 60_000 }, (_, at) => ({ sku: `SKU-${at}` }));
    const { documents, asked } = served(
      span({ outputs: { items }, attributes: { raw: JSON.stringify(items), small: 1 } }),
    );
    const { value, large } = await documents.load("/spans");
    expect(value).toMatchObject([{ name: "export", outputs: null, attributes: { raw: null, small: 1 } }]);
    expect(large.map(({ path, kind }) => [path.join("."), kind]).sort()).toEqual([
      ["0.attributes.raw", "text"],
      ["0.outputs", "json"],
    ]);
    expect(JSON.stringify(value).length).toBeLessThan(WHOLE_CHARS);

    await documents.view(1, "/spans", [0, "outputs"], "json");
    expect(documents.call(1, "window", [0, 9]).rows[0]).toMatchObject({ key: "items", count: 60_000 });
    await documents.view(2, "/spans", [0, "attributes", "raw"], "json");
    expect(documents.call(2, "window", [0, 9]).rows[0]).toMatchObject({ kind: "range", text: "0 … 999" });
    await documents.view(3, "/spans", [0, "attributes", "raw"], "text");
    expect(documents.call(3, "window", [0, 1]).rows[0]).toMatchObject({ kind: "line" });
    expect(await documents.text("/spans", [0, "attributes", "small"])).toBe("1");
    expect(asked()).toBe(1);
  });

  it("that refuses is handed over as it is", async () => {
    const { documents } = served('{"title":"Not found","status":404,"detail":"no such trace"}', 404);
    expect(await documents.load("/spans")).toMatchObject({ status: 404, value: { detail: "no such trace" } });
  });
});
