import { expect, test } from "vitest";
import { newTraceId, SNIPPETS, shellText, snippet } from "./snippets";

const TARGET = { url: "https://trilha.example:8443", experiment: "/Shared/ana's app", traceId: "ab".repeat(16) };

test.each(SNIPPETS)("%s holds the address and the experiment of the page", (id) => {
  const { shell, program } = snippet(id, TARGET);
  const all = `${shell}\n${program}`;
  expect(all).toContain("trilha.example:8443");
  expect(all).toMatch(/ana('|'\\'')s( |%20)app/);
});

test("a quote does not end a text of the shell", () => {
  expect(shellText("it's")).toBe(`'it'\\''s'`);
  expect(shellText("http://127.0.0.1:5000/v1")).toBe("http://127.0.0.1:5000/v1");
});

test("every page has a trace id of its own", () => {
  expect(newTraceId()).toMatch(/^[0-9a-f]{32}$/);
  expect(newTraceId()).not.toBe(newTraceId());
});
