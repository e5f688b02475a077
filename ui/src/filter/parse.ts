/** From the text of a filter to its tree, rule by rule as the server's `search/grammar.lark` and `search/parse.py` have it. */
import { text as words } from "@/text";
import { type Token, type TokenKind, tokensOf, unquoted } from "./tokens";
import { fieldOf, isField, type NoField, type Operator, type Rule } from "./vocabulary";

export interface Comparison {
  readonly kind: "comparison";
  /** As it is written. */
  readonly field: string;
  readonly operator: Operator;
  /** Whether it is `NOT LIKE`, `NOT ILIKE` or `NOT RLIKE`. */
  readonly isNegated: boolean;
  /** Without quotes. */
  readonly values: readonly string[];
  readonly from: number;
  readonly to: number;
}
export interface Joined {
  readonly kind: "and" | "or";
  readonly terms: readonly Node[];
  readonly from: number;
  readonly to: number;
}
export interface Negation {
  readonly kind: "not";
  readonly term: Node;
  readonly from: number;
  readonly to: number;
}
/** What stands in parentheses, with them. */
export interface Group {
  readonly kind: "group";
  readonly term: Node;
  readonly from: number;
  readonly to: number;
}
export type Node = Comparison | Joined | Negation | Group;

/** What is wrong with a text, and where. */
export interface FilterProblem {
  readonly from: number;
  readonly to: number;
  readonly words: string;
}

export interface Parsed {
  /** Null for a blank text, and for one with an error of syntax. */
  readonly node: Node | null;
  readonly problems: readonly FilterProblem[];
}

export const MAX_CHARS = 16_384;
const MAX_COMPARISONS = 500;
const MAX_DEPTH = 50;
const SYMBOLS = ["=", "!=", ">", ">=", "<", "<="];
const OTHER_SYMBOLS: Record<string, string> = {
  "==": "=",
  "===": "=",
  "<>": "!=",
  "!==": "!=",
  "~": "RLIKE",
  "=~": "RLIKE",
  "=>": ">=",
  "=<": "<=",
};
const VALUES: readonly TokenKind[] = ["quoted", "doubleQuoted", "number", "path", "null"];
const say = words.filter.problems;

/** Read a filter of traces. */
export function parseFilter(text: string): Parsed {
  if (text.length > MAX_CHARS) {
    return { node: null, problems: [{ from: MAX_CHARS, to: text.length, words: say.tooLong(MAX_CHARS) }] };
  }
  const tokens = tokensOf(text);
  if (tokens.length === 1) return { node: null, problems: [] };
  const reading = new Reading(tokens);
  try {
    const node = reading.filter();
    return { node, problems: reading.problems };
  } catch (error) {
    if (error instanceof Unexpected) return { node: null, problems: [error.problem] };
    throw error;
  }
}

class Unexpected extends Error {
  readonly problem: FilterProblem;

  constructor(token: Token, expected: string) {
    super(expected);
    this.problem = { from: token.from, to: token.to, words: whatIsWrong(token, expected) };
  }
}

function whatIsWrong(token: Token, expected: string): string {
  if (token.kind === "end") return say.endsEarly(expected);
  if (token.kind !== "unreadable") return say.found(expected, shown(token.text));
  const first = String.fromCodePoint(token.text.codePointAt(0) ?? 0);
  if (`'"\``.includes(first)) return say.unclosed;
  if (first === ";") return say.semicolon;
  return say.unreadable(first);
}

/** One pass over the tokens. */
class Reading {
  readonly problems: FilterProblem[] = [];
  private at = 0;
  private comparisons = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  filter(): Node {
    const node = this.any(0);
    if (!this.is("end")) throw new Unexpected(this.token, say.joint);
    return node;
  }

  /** `depth` is 0 outside of all parentheses: only there an AND may be left over at the end. */
  private any(depth: number): Node {
    const terms = [this.all(depth)];
    while (this.is("or")) {
      this.next();
      terms.push(this.all(depth));
    }
    return joined("or", terms);
  }

  private all(depth: number): Node {
    const terms = this.element(depth);
    while (this.is("and")) {
      this.next();
      if (depth === 0 && this.is("end")) break;
      terms.push(...this.element(depth));
    }
    return joined("and", terms);
  }

  private element(depth: number): Node[] {
    if (this.is("not")) return [this.negation(depth)];
    if (this.is("(")) return [this.group(depth)];
    const adjacent = [this.comparison()];
    while (this.is("path") || this.is("doubleQuoted")) adjacent.push(this.comparison());
    return adjacent;
  }

  private negation(depth: number): Node {
    const not = this.deeper(depth);
    const term = this.is("not") ? this.negation(depth + 1) : this.is("(") ? this.group(depth + 1) : this.comparison();
    return { kind: "not", term, from: not.from, to: term.to };
  }

  private group(depth: number): Node {
    const open = this.deeper(depth);
    const term = this.any(depth + 1);
    const close = this.take([")"], say.jointInGroup);
    return { kind: "group", term, from: open.from, to: close.to };
  }

  private deeper(depth: number): Token {
    if (depth < MAX_DEPTH) return this.next();
    const error = new Unexpected(this.token, "");
    throw Object.assign(error, { problem: { ...error.problem, words: say.tooDeep(MAX_DEPTH) } });
  }

  private comparison(): Comparison {
    const path = this.take(["path", "doubleQuoted"], say.comparison);
    this.comparisons += 1;
    if (this.comparisons === MAX_COMPARISONS + 1) this.report(path, say.tooMany(MAX_COMPARISONS));
    const found = fieldOf(path.text);
    if (!isField(found)) this.report(path, noField(found));
    const rule = isField(found) ? found.rule : null;
    const from = path.from;
    const rest = this.compared(path, rule);
    return { kind: "comparison", field: path.text, ...rest, from, to: (this.tokens[this.at - 1] as Token).to };
  }

  private compared(path: Token, rule: Rule | null): Pick<Comparison, "operator" | "isNegated" | "values"> {
    const token = this.token;
    if (token.kind === "operator") {
      this.next();
      return { operator: this.symbol(path, token, rule), isNegated: false, values: [this.value(rule, token.text)] };
    }
    if (token.kind === "is") return this.presence(path, rule);
    const isNegated = token.kind === "not";
    if (isNegated) this.next();
    const expected = isNegated ? say.afterNot : say.operator;
    const operation = this.take(["in", "match"], expected);
    const name = operation.text.toUpperCase();
    if (operation.kind === "match") {
      const operator = name as Operator;
      this.allow(path, operation, operator, rule);
      return { operator, isNegated, values: [this.value(rule, name)] };
    }
    const operator = isNegated ? "NOT IN" : "IN";
    this.allow(path, operation, operator, rule);
    return { operator, isNegated: false, values: this.list() };
  }

  private presence(path: Token, rule: Rule | null): Pick<Comparison, "operator" | "isNegated" | "values"> {
    const is = this.next();
    const isNegated = this.is("not");
    if (isNegated) this.next();
    this.take(["null"], say.afterIs);
    const operator = isNegated ? "IS NOT NULL" : "IS NULL";
    this.allow(path, is, operator, rule);
    return { operator, isNegated: false, values: [] };
  }

  private symbol(path: Token, token: Token, rule: Rule | null): Operator {
    if (!SYMBOLS.includes(token.text)) {
      this.report(token, say.unknownOperator(token.text, OTHER_SYMBOLS[token.text] ?? null));
      return "=";
    }
    this.allow(path, token, token.text as Operator, rule);
    return token.text as Operator;
  }

  private allow(path: Token, token: Token, operator: Operator, rule: Rule | null): void {
    if (rule !== null && !rule.operators.includes(operator)) {
      this.report(token, say.notAllowed(operator, shown(path.text), rule.operators.join(", ")));
    }
  }

  private value(rule: Rule | null, operator: string): string {
    const token = this.take(VALUES, say.value);
    const problem = wrongValue(token, rule, operator);
    if (problem !== null) this.report(token, problem);
    return plain(token);
  }

  private list(): string[] {
    const open = this.take(["("], say.list);
    const values: string[] = [];
    while (!this.is(")")) {
      const token = this.take(VALUES, say.value);
      if (!isQuoted(token)) this.report(token, say.quotedValue(shown(token.text)));
      values.push(plain(token));
      if (!this.is(")")) this.take([","], say.comma);
    }
    this.next();
    if (values.length === 0) this.report(open, say.emptyList);
    return values;
  }

  private get token(): Token {
    return this.tokens[this.at] as Token; // the last is the end, and nothing goes beyond it
  }

  private is(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  private next(): Token {
    return this.tokens[this.at++] as Token;
  }

  private take(kinds: readonly TokenKind[], expected: string): Token {
    if (!kinds.includes(this.token.kind)) throw new Unexpected(this.token, expected);
    return this.next();
  }

  private report(token: Token, problem: string): void {
    this.problems.push({ from: token.from, to: token.to, words: problem });
  }
}

function joined(kind: "and" | "or", terms: readonly Node[]): Node {
  const [first, last] = [terms[0] as Node, terms.at(-1) as Node];
  return terms.length === 1 ? first : { kind, terms, from: first.from, to: last.to };
}

const NUMBER_TEXT = /^\s*[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?\s*$/i;

/** Whether a text reads as a number. */
export function isNumber(text: string): boolean {
  return NUMBER_TEXT.test(text) && Number.isFinite(Number(text));
}

/** The rules that need no look at the data; regular expressions and exact times are the server's to judge. */
function wrongValue(token: Token, rule: Rule | null, operator: string): string | null {
  if (token.kind === "null") return say.equalsNull;
  if (token.kind === "path") return say.unquoted(shown(token.text));
  if (rule === null) return null;
  const text = plain(token);
  const isMatching = operator.endsWith("LIKE");
  if (isMatching || rule.kind === "text") return isQuoted(token) ? null : say.quotedValue(shown(token.text));
  switch (rule.kind) {
    case "number":
      return isNumber(text) ? null : say.number(shown(text));
    case "time":
      return isNumber(text) || /^\s*\d{4}/.test(text) ? null : say.time(shown(text));
    case "prompt":
      return isQuoted(token) && /^.+\/[^/]+$/s.test(text) ? null : say.prompt(shown(text));
    default:
      return /^[<>]/.test(operator) && !isNumber(text) ? say.number(shown(text)) : null;
  }
}

function noField(found: NoField): string {
  switch (found.why) {
    case "needsKey":
      return say.needsKey(found.name);
    case "needsPrefix":
      return say.needsPrefix(found.name, found.near ?? "");
    default:
      return say.unknownField(shown(found.name), found.near);
  }
}

function isQuoted(token: Token): boolean {
  return token.kind === "quoted" || token.kind === "doubleQuoted";
}

function plain(token: Token): string {
  return isQuoted(token) ? unquoted(token.text) : token.text;
}

function shown(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
