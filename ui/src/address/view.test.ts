import { expect, test } from "vitest";
import { listView, parseAddress, writeAddress } from "./view";

test.each([
  { q: "status = 'ERROR' AND user != 'a&b'", t: "24h" },
  { q: "name LIKE '%50%' AND tags.`my key` = 'x+y'" },
  { t: "1793491200000..1793577600000", cols: "name:200,status" },
  { q: 'trace.text ILIKE "%<script>%" #é' },
])("a view is read as it was written: %j", (view) => {
  expect(parseAddress(writeAddress(view).slice(1))).toEqual(view);
});

test("an address can be read by people", () => {
  expect(writeAddress({ q: "status = 'ERROR'", t: "24h" })).toBe("?q=status+=+'ERROR'&t=24h");
});

test("what is empty or unknown does not stay", () => {
  expect(listView({ q: "", t: "1h", other: "x" })).toEqual({ t: "1h" });
});
