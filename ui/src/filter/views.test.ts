import { describe, expect, it } from "vitest";
import { parseFilter } from "./parse";
import type { FieldModel } from "./queries";
import { builtInViews, isReadable, lostFields, newSlug, savedPart, savedViews, showsView } from "./views";

const field = (name: string, traces: number, kind: FieldModel["kind"] = "text") =>
  ({ field: name, traces, kind, group: name.split(".")[0], operators: [] }) as unknown as FieldModel;
const tag = (name: string, address: string) => JSON.stringify({ name, address });

describe("saved views", () => {
  it("are read from the tags of an experiment, by name; what cannot be read is left out", () => {
    const views = savedViews({
      "trilha.view.b": tag("Zed", "?q=status+=+'ERROR'&live=1&view=x"),
      "trilha.view.a": tag("Ann", "?sort=-cost"),
      "trilha.view.c": "{",
      "trilha.view.d": "null",
      other: "x",
    });
    expect(views.map(({ slug, name }) => [slug, name])).toEqual([
      ["a", "Ann"],
      ["b", "Zed"],
    ]);
    expect(views[1]?.view).toEqual({ q: "status = 'ERROR'" });
  });

  it("keep what a list shows, not who looks at it", () => {
    expect(savedPart({ q: "a", t: "24h", live: "1", view: "x", cols: "name", group: "user" })).toEqual({
      q: "a",
      t: "24h",
      cols: "name",
      group: "user",
    });
  });

  it("say whether they are what is shown", () => {
    const [view] = savedViews({ "trilha.view.a": tag("A", "?q=x&sort=-cost") });
    if (view === undefined) throw new Error("the view is missing");
    expect(showsView({ sort: "-cost", q: "x", view: "a", live: "1" }, view)).toBe(true);
    expect(showsView({ sort: "-cost", q: "y" }, view)).toBe(false);
  });

  it("get a slug of their own", () => {
    expect(newSlug("Überblick: Café!", [])).toBe("uberblick-cafe");
    expect(newSlug("日本", ["view"])).toBe("view-2");
    expect(newSlug("Errors", ["errors", "errors-2"])).toBe("errors-3");
  });

  it("tell which of their fields are gone, and whether their filter can be read", () => {
    const [view] = savedViews({
      "trilha.view.a": tag("A", "?q=tags.gone+=+'x'+AND+tag.there+=+'y'&cols=name:200,metadata.old&sort=-duration"),
    });
    if (view === undefined) throw new Error("the view is missing");
    expect(lostFields(view, [field("tags.there", 3), field("metadata.old", 0)])).toEqual(["tags.gone", "metadata.old"]);
    expect(isReadable(view)).toBe(true);
    expect(isReadable({ ...view, view: { q: "nothing = 'x'" } })).toBe(false);
  });

  it("that are built in have filters that can be read, with the feedback that there is", () => {
    for (const fields of [[], [field("feedback.thumbs", 2), field("feedback.score", 2, "number")]]) {
      const views = builtInViews(fields);
      for (const { view } of views) expect(parseFilter(view.q ?? "").problems).toEqual([]);
      expect(views.find(({ slug }) => slug === "negative-feedback")?.view.q).toBe(
        `feedback.${fields.length > 0 ? "thumbs" : "user_feedback"} IN ('false', 'no')`,
      );
    }
  });
});
