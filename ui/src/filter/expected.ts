/** What may stand at a place of a filter, for who is typing there. */
import { type Token, tokensOf, unquoted } from "./tokens";

export interface Expected {
  readonly what: "field" | "operator" | "null" | "list" | "value" | "comma" | "joint";
  /** The field that is compared, as it is written. */
  readonly field: string;
  /** The operator before a value. */
  readonly operator: string;
  readonly isInList: boolean;
  /** Where the word begins that is being typed; the place itself where none is. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** What is typed of it, without quotes. */
  readonly typed: string;
}

type State = Pick<Expected, "what" | "field" | "operator" | "isInList">;
const START: State = { what: "field", field: "", operator: "", isInList: false };
const VALUES = ["quoted", "doubleQuoted", "number", "path", "null", "unreadable"];

/** Say what may stand where the cursor is. */
export function expectedAt(text: string, at: number): Expected {
  const before = tokensOf(text.slice(0, at)).slice(0, -1);
  const last = before.at(-1);
  const open = before.findIndex((token) => token.kind === "unreadable");
  if (open >= 0) return withinQuote(text, at, before.slice(0, open), before[open] as Token);
  const isTyping = last !== undefined && last.to === at && isUnfinished(last);
  const state = (isTyping ? before.slice(0, -1) : before).reduce(after, START);
  const from = isTyping ? last.from : at;
  const whole = tokensOf(text).find((token) => token.from === from);
  const to = isTyping && whole !== undefined ? Math.max(at, whole.to) : at;
  return { ...state, from, to, typed: text.slice(from, at) };
}

function isUnfinished(token: Token): boolean {
  return !["quoted", "doubleQuoted", "(", ")", ","].includes(token.kind);
}

/** In quotes that are open up to the cursor; they may be closed behind it. */
function withinQuote(text: string, at: number, before: readonly Token[], quote: Token): Expected {
  const state = before.reduce(after, START);
  const whole = tokensOf(text).find((token) => token.from === quote.from);
  const to = whole !== undefined && whole.kind !== "unreadable" ? whole.to : at;
  const previous = before.at(-1);
  const isKey = quote.text.startsWith("`") && previous?.kind === "path" && text.slice(previous.to, quote.from) === ".";
  if (isKey) {
    const from = previous.from;
    return { ...before.slice(0, -1).reduce(after, START), from, to: at, typed: text.slice(from, at) };
  }
  const mark = quote.text[0] ?? "";
  const typed = /['"`]/.test(mark) ? unquoted(`${quote.text}${mark}`) : quote.text;
  return { ...state, from: quote.from, to, typed };
}

function after(state: State, { kind, text }: Token): State {
  switch (state.what) {
    case "field":
      return kind === "path" || kind === "doubleQuoted" ? { ...START, what: "operator", field: text } : START;
    case "operator":
      if (kind === "operator" || kind === "match") return { ...state, what: "value", operator: text.toUpperCase() };
      if (kind === "in") return { ...state, what: "list", operator: "IN" };
      return kind === "is" ? { ...state, what: "null" } : state;
    case "null":
      return kind === "null" ? { ...START, what: "joint" } : state;
    case "list":
      return kind === "(" ? { ...state, what: "value", isInList: true } : state;
    case "comma":
      return kind === ")" ? { ...START, what: "joint" } : { ...state, what: "value" };
    case "value":
      if (kind === ")") return { ...START, what: "joint" };
      if (!VALUES.includes(kind)) return state;
      return state.isInList ? { ...state, what: "comma" } : { ...START, what: "joint" };
    default:
      if (kind === ")") return state;
      return kind === "path" || kind === "doubleQuoted" ? { ...START, what: "operator", field: text } : START;
  }
}

/** Words without any operator: who types them looks for a text. Null for what is more than that. */
export function freeText(text: string): string | null {
  const words = text.trim();
  const isPlain = words !== "" && !/[=<>~()]|\b(?:in|i?like|rlike|is)\b\s*(?:$|['"(]|not\b|null\b)/i.test(words);
  if (!isPlain) return null;
  const isQuoted = /^(['"])(.*)\1?$/s.exec(words);
  const plain = (isQuoted?.[2] ?? words).replace(/['"]$/, "").trim();
  return plain === "" ? null : plain;
}

/** The id of a trace, if the text is nothing else. */
export function loneTraceId(text: string): string | null {
  const found = /^\s*(?:tr-)?([0-9a-f]{32})\s*$/i.exec(text);
  return found?.[1] === undefined ? null : `tr-${found[1].toLowerCase()}`;
}

/** Offset in UTF-16 of a position that counts whole characters, as the server does. */
export function offsetOf(text: string, position: number): number {
  return [...text].slice(0, position).join("").length;
}
