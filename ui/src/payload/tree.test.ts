import { describe, expect, it } from "vitest";
import { lineStarts } from "./lines";
import { FIRST_LINES, isOpenable, RANGE } from "./tree";
import { Viewer } from "./viewer";

/** Rows as they would be if each was written out, from what is open by path. */
function naiveRows(value: unknown, isOpen: (path: string) => boolean, path = "$", depth = 0): Naive[] {
  if (typeof value === "string") return naiveLines(value, depth, path, isOpen);
  const entries = Object.entries(value as object);
  return naiveEntries(entries, Array.isArray(value), 0, isOpen, path, depth);
}

interface Naive {
  path: string;
  depth: number;
  kind: string;
  key: string | number | null;
}

function naiveLines(value: string, depth: number, path: string, isOpen: (path: string) => boolean): Naive[] {
  const lines = lineStarts(value, Math.max(100 - 2 * depth, 20)).length;
  const isCut = lines > FIRST_LINES + 1 && !isOpen(`${path}#whole`);
  const rows: Naive[] = Array.from({ length: isCut ? FIRST_LINES : lines }, (_, at) => ({
    path: `${path}#${at}`,
    depth,
    kind: "line",
    key: null,
  }));
  return isCut ? [...rows, { path: `${path}#whole`, depth, kind: "more", key: null }] : rows;
}

function naiveEntries(
  entries: [string, unknown][],
  isList: boolean,
  first: number,
  isOpen: (path: string) => boolean,
  path: string,
  depth: number,
): Naive[] {
  if (entries.length > RANGE) {
    return Array.from({ length: Math.ceil(entries.length / RANGE) }, (_, at) => {
      const here = `${path}~${first + at * RANGE}`;
      const part = entries.slice(at * RANGE, (at + 1) * RANGE);
      const row = { path: here, depth, kind: "range", key: null };
      return isOpen(here) ? [row, ...naiveEntries(part, isList, first + at * RANGE, isOpen, here, depth + 1)] : [row];
    }).flat();
  }
  return entries.flatMap(([key, value]) => {
    const here = `${path}.${key}`;
    const kind = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
    const row = { path: here, depth, kind, key: isList ? Number(key) : key };
    return isOpenable(value) && isOpen(here) ? [row, ...naiveRows(value, isOpen, here, depth + 1)] : [row];
  });
}

/** Numbers that are the same each time (mulberry32). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function anyValue(below: (n: number) => number, depth: number): unknown {
  const scalars = [null, true, 17, -0.5, "short", "two\nlines", "long ".repeat(60), "line\n".repeat(90)];
  if (depth === 0 || below(4) === 0) return scalars[below(scalars.length)];
  const length = below(20) === 0 ? RANGE + below(2 * RANGE) : below(6);
  const values = Array.from({ length }, () => anyValue(below, length > 100 ? Math.min(depth - 1, 1) : depth - 1));
  return below(2) === 0 ? values : Object.fromEntries(values.map((value, at) => [`key ${at}`, value]));
}

describe("the rows of a value", () => {
  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    "are those of a tree written out, whatever is open (%i)",
    (seed) => {
      const below = numbers(seed);
      const value = [anyValue(below, 4), anyValue(below, 3), "text\n".repeat(50), { of: { depth: [1, 2, 3] } }];
      const viewer = new Viewer(value);
      viewer.closeAll(null);
      const open = new Set<string>();
      const expected = () => naiveRows(value, (path) => open.has(path));
      for (let turn = 0; turn < 15; turn++) {
        const rows = expected();
        const shown = viewer.window(0, rows.length + 1);
        expect(shown.total).toBe(rows.length);
        expect(shown.rows.map(({ depth, kind, key }) => ({ depth, kind, key }))).toEqual(
          rows.map(({ depth, kind, key }) => ({ depth, kind, key })),
        );
        const at = below(rows.length);
        const from = below(rows.length);
        expect(viewer.window(from, from + 7).rows).toEqual(shown.rows.slice(from, from + 7));
        toggleBoth(viewer, rows, shown.rows[at]?.isOpen ?? null, at, open);
      }
    },
  );

  function toggleBoth(viewer: Viewer, rows: Naive[], isOpen: boolean | null, at: number, open: Set<string>) {
    const path = rows[at]?.path ?? "";
    viewer.toggle(at);
    if (rows[at]?.kind === "more") open.add(path);
    if (isOpen === null) return;
    if (isOpen) {
      for (const each of open)
        if (each === path || (/^[.~#]/.test(each.slice(path.length)) && each.startsWith(path))) open.delete(each);
      return;
    }
    open.add(path);
    // What is opened shows its texts.
    const after = viewer.window(at + 1, at + 400).rows;
    const depth = viewer.window(at, at + 1).rows[0]?.depth ?? 0;
    for (const row of after) {
      if (row.depth <= depth) break;
      if (row.depth === depth + 1 && row.kind === "string" && row.isOpen) open.add(`${path}.${row.key}`);
    }
  }

  it("opens a list of 150,000 at once, in ranges", () => {
    const viewer = new Viewer({ items: Array.from({ length: 150_000 }, (_, at) => ({ sku: `SKU-${at}` })) });
    const items = viewer.window(0, 1).rows[0];
    expect(items).toMatchObject({ key: "items", kind: "array", count: 150_000 });
    if (!items?.isOpen) viewer.toggle(0);
    expect(viewer.window(0, 400).total).toBe(151);
    viewer.toggle(150);
    const last = viewer.window(1_150, 1_151).rows[0];
    expect(last).toMatchObject({ key: 149_999, kind: "object" });
    expect(viewer.pathOf(1_150)).toBe("$.items[149999]");
    expect(viewer.textOf(1_150)).toBe('{\n  "sku": "SKU-149999"\n}');
  });

  it("opens all below a row and closes it again", () => {
    const viewer = new Viewer({ a: { b: { c: [1, { d: 2 }] } }, e: 3 });
    viewer.closeAll(null);
    viewer.openAll(0);
    expect(viewer.window(0, 99).rows.map((row) => viewer.pathOf(row.index))).toEqual([
      "$.a",
      "$.a.b",
      "$.a.b.c",
      "$.a.b.c[0]",
      "$.a.b.c[1]",
      "$.a.b.c[1].d",
      "$.e",
    ]);
    viewer.closeAll(0);
    expect(viewer.window(0, 99).total).toBe(2);
  });

  it("writes keys that are no names in quotes", () => {
    const viewer = new Viewer({ "a.b": { 'say "hi"': 1 } });
    viewer.openAll(null);
    expect(viewer.pathOf(1)).toBe('$["a.b"]["say \\"hi\\""]');
  });

  it.each([
    [17, "17"],
    [null, "null"],
    [[], ""],
    [{}, ""],
    [true, "true"],
  ])("shows %j alone", (value, text) => {
    const viewer = new Viewer(value);
    expect(viewer.window(0, 9).rows).toMatchObject([{ key: null, text, isOpen: null }]);
    expect(viewer.pathOf(0)).toBe("$");
  });

  it("cuts a long text and shows all of it when asked", () => {
    const viewer = new Viewer({ text: Array.from({ length: 500 }, (_, at) => `line ${at}`).join("\n") });
    expect(viewer.window(0, 999).total).toBe(1 + FIRST_LINES + 1);
    viewer.toggle(FIRST_LINES + 1);
    expect(viewer.window(0, 999).total).toBe(501);
    expect(viewer.window(500, 501).rows[0]?.text).toBe("line 499");
    expect(viewer.parentOf(500)).toBe(0);
  });
});

describe("finding in a value", () => {
  const found = (viewer: Viewer, sought: string) => {
    viewer.beginFind(sought);
    let step = viewer.continueFind(2);
    while (!step.isComplete) step = viewer.continueFind(2);
    return step.count;
  };

  it("finds names and values, whatever their case, and goes to them", () => {
    const viewer = new Viewer({ Name: "x", list: Array.from({ length: 3_000 }, (_, at) => ({ sku: `name ${at}` })) });
    viewer.closeAll(null);
    expect(found(viewer, "NAME")).toBe(3_001);
    const row = viewer.reveal(2_501);
    expect(viewer.window(row, row + 1).rows[0]).toMatchObject({ key: "sku", text: "name 2500" });
    expect(viewer.pathOf(row)).toBe("$.list[2500].sku");
  });

  it("finds each place in a long text and shows its line", () => {
    const viewer = new Viewer({ log: `${"quiet\n".repeat(300)}alarm here\n${"quiet\n".repeat(300)}alarm there` });
    viewer.closeAll(null);
    expect(found(viewer, "alarm")).toBe(2);
    const row = viewer.reveal(1);
    expect(viewer.window(row, row + 1).rows[0]).toMatchObject({ kind: "line", text: "alarm there" });
  });

  it("finds numbers and nothing in an empty question", () => {
    expect(found(new Viewer([1234, null, true]), "23")).toBe(1);
    expect(found(new Viewer([1234]), "")).toBe(0);
    expect(found(new Viewer("one two one"), "one")).toBe(2);
    expect(found(new Viewer(42), "4")).toBe(1);
  });
});

describe("lines", () => {
  const linesOf = (text: string, columns: number) => {
    const starts = lineStarts(text, columns);
    return starts.map((start, at) => text.slice(start, starts[at + 1]));
  };

  it("leave nothing out and are no wider than asked", () => {
    const below = numbers(7);
    for (let turn = 0; turn < 300; turn++) {
      const letters = ["a", " ", "\n", "word ", "中", "🙂", "\t", "é"];
      const text = Array.from({ length: below(120) }, () => letters[below(letters.length)]).join("");
      const lines = linesOf(text, 10);
      expect(lines.join("")).toBe(text);
      for (const line of lines) expect([...line.replace("\n", "")].length).toBeLessThanOrEqual(10);
      for (const line of lines) expect(/^[\udc00-\udfff]/.test(line)).toBe(false);
    }
  });

  it("end behind a space, and where a line break is", () => {
    expect(linesOf("to be or not to be\n\nthat", 10)).toEqual(["to be or ", "not to be\n", "\n", "that"]);
    expect(linesOf("中文字符测试", 8)).toEqual(["中文字符", "测试"]);
  });
});
