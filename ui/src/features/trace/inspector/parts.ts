/** The parts of a span that there are to look at, and how many things are in each. */
import { beginningOf, LargeValue } from "@/payload/largeValue";
import type { Span } from "./queries";

const PARTS = [
  "messages",
  "content",
  "documents",
  "tools",
  "attributes",
  "events",
  "assessments",
  "links",
  "raw",
] as const;
export type Part = (typeof PARTS)[number];

export interface PartOfSpan {
  readonly part: Part;
  readonly count: number | null;
}

const lengthOf = (value: unknown): number =>
  Array.isArray(value) ? value.length : value instanceof LargeValue ? 1 : 0;

/** List the parts of a span, in their order; those that it lacks are left out, but for assessments, which can be added. */
export function partsOf(span: Span, assessments: number): PartOfSpan[] {
  const counts: Record<Part, number | null> = {
    messages: lengthOf(span.input_messages) + lengthOf(span.output_messages),
    content: null,
    documents: lengthOf(span.documents),
    tools: lengthOf(span.tools),
    attributes: Object.keys(span.attributes).length + Object.keys(span.resource).length,
    events: lengthOf(span.events),
    assessments,
    links: lengthOf(span.links),
    raw: null,
  };
  const isKept = (part: Part) => counts[part] !== 0 || part === "assessments";
  return PARTS.filter(isKept).map((part) => ({ part, count: counts[part] }));
}

/** The part that is shown: what the address says if there is such, else what tells most. */
export function shownPart(parts: readonly PartOfSpan[], wanted: string | undefined): Part {
  const name = wanted === "input" || wanted === "output" ? "content" : wanted;
  const has = (part: Part) => parts.some((each) => each.part === part);
  const chosen = PARTS.find((part) => part === name && has(part));
  return chosen ?? (has("messages") ? "messages" : has("documents") ? "documents" : "content");
}

export interface SpanError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** Why a span failed: its exceptions, and its status where they do not say the same. */
export function errorsOf(span: Span): SpanError[] {
  const events = Array.isArray(span.events) ? span.events : [];
  const exceptions = events
    .filter(({ name, attributes }) => name === "exception" || "exception.type" in attributes)
    .map(({ attributes }) => ({
      type: written(attributes["exception.type"]),
      message: written(attributes["exception.message"]),
      stack: written(attributes["exception.stacktrace"]),
    }))
    .filter((each, at, all) => all.findIndex((other) => sameError(other, each)) === at);
  if (span.status !== "ERROR") return exceptions;
  const told = span.status_message.trim();
  const isTold = exceptions.some(
    ({ type, message }) => told === "" || told === message || told === `${type}: ${message}`,
  );
  return isTold ? exceptions : [{ type: "", message: told, stack: "" }, ...exceptions];
}

function sameError(a: SpanError, b: SpanError): boolean {
  return a.type === b.type && a.message === b.message && a.stack === b.stack;
}

function written(value: unknown): string {
  return value == null ? "" : beginningOf(value, 0);
}

interface Tool {
  readonly name: string;
  readonly description: string | null;
  readonly parameters: unknown;
  /** How often the model asked for it. */
  readonly calls: number;
}

/** The tools that a model may ask for, those that it asked for first; and calls of tools that nobody offered. */
export function toolsOf(span: Span): Tool[] {
  const calls = new Map<string, number>();
  for (const message of Array.isArray(span.output_messages) ? span.output_messages : []) {
    for (const part of message.parts) {
      if (part.type === "tool_call" && typeof part.name === "string")
        calls.set(part.name, (calls.get(part.name) ?? 0) + 1);
    }
  }
  const offered = (Array.isArray(span.tools) ? span.tools : []).map((tool) => ({
    ...tool,
    calls: calls.get(tool.name) ?? 0,
  }));
  return offered.sort((a, b) => b.calls - a.calls);
}
