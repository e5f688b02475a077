/** In which forms a value can be shown, the best first. */
import { jsonWithin } from "./exactJson";
import { LargeValue } from "./largeValue";
import { looksLikeJson, looksLikeMarkdown } from "./shownText";

export type Form = "json" | "markdown" | "text";
/** Kinds of values that people choose a form for. */
export type ValueKind = "value" | "jsonText" | "markdown" | "text" | "scalar" | "largeText" | "large";

const FORMS: Record<ValueKind, readonly Form[]> = {
  value: ["json", "text"],
  jsonText: ["json", "text"],
  markdown: ["markdown", "text"],
  text: ["text", "markdown"],
  scalar: ["text"],
  large: ["json", "text"],
  largeText: ["text", "json"],
};

export function formsOf(kind: ValueKind): readonly Form[] {
  return FORMS[kind];
}

/** Tell what a value is to a reader. */
export function valueKind(value: unknown): ValueKind {
  if (value instanceof LargeValue)
    return value.kind === "json" || /^\s*[{[]/.test(value.beginning) ? "large" : "largeText";
  if (typeof value === "object" && value !== null) return "value";
  if (typeof value !== "string") return "scalar";
  if (looksLikeJson(value) && typeof jsonWithin(value) === "object") return "jsonText";
  if (looksLikeMarkdown(value)) return "markdown";
  return value.length < 80 && !value.includes("\n") ? "scalar" : "text";
}
