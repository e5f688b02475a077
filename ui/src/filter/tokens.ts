/** From the text of a filter to its tokens: the terminals of the server's `search/grammar.lark`, one for one. */

export type TokenKind =
  | "and"
  | "or"
  | "not"
  | "in"
  | "is"
  | "null"
  | "match"
  | "operator"
  | "("
  | ")"
  | ","
  | "quoted"
  | "doubleQuoted"
  | "number"
  | "path"
  /** What no token begins with, such as a quote that is never closed. */
  | "unreadable"
  | "end";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const WORD = "[\\p{L}\\p{N}_]";
const BACKTICKED = "`(?:[^`]|``)*`(?!`)";
const DOUBLE = '"(?:[^"]|"")*"(?!")';
const word = (text: string) => new RegExp(`(?:${text})(?![\\p{L}\\p{N}_.\\-])`, "iuy");
const SPACE = /[\s\u0085]+/y;

/** In the order in which they are tried. */
const TERMINALS: readonly (readonly [TokenKind, RegExp])[] = [
  ["and", word("and")],
  ["or", word("or")],
  ["not", word("not")],
  ["in", word("in")],
  ["is", word("is")],
  ["null", word("null")],
  ["match", word("like|ilike|rlike")],
  [
    "path",
    new RegExp(
      `(?:[\\p{L}\\p{Nl}\\p{No}_](?:${WORD}|-)*|${BACKTICKED}|${DOUBLE}(?=\\.))(?:\\.(?:(?:${WORD}|-)+|${BACKTICKED}|${DOUBLE}))*`,
      "uy",
    ),
  ],
  ["operator", /[=!<>~]+/y],
  ["(", /\(/y],
  [")", /\)/y],
  [",", /,/y],
  ["quoted", /'(?:[^']|'')*'(?!')/y],
  ["doubleQuoted", new RegExp(DOUBLE, "y")],
  ["number", /[-+]?(?:\p{Nd}+(?:\.\p{Nd}*)?|\.\p{Nd}+)(?:e[-+]?\p{Nd}+)?(?![\p{L}\p{N}_.])/iuy],
];

/** Cut a text into tokens; the last is always `end`. What cannot be read is one token up to the end of the text. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at >= text.length) return [...tokens, { kind: "end", text: "", from: text.length, to: text.length }];
    const token = tokenAt(text, at);
    tokens.push(token);
    at = token.to;
  }
}

function tokenAt(text: string, from: number): Token {
  for (const [kind, terminal] of TERMINALS) {
    terminal.lastIndex = from;
    const found = terminal.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found, from, to: from + found.length };
  }
  const isKey = text[from] === "." && `'"\``.includes(text[from + 1] ?? " ");
  const at = isKey ? from + 1 : from; // it is the quote that is wrong, not the dot before it
  return { kind: "unreadable", text: text.slice(at), from: at, to: text.length };
}

/** Take the quotes off a value; doubled quotes inside become one. */
export function unquoted(text: string): string {
  const quote = text[0] ?? "";
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}

const SEGMENT = /`((?:[^`]|``)*)`|"((?:[^"]|"")*)"|([^.`"]+)/g;

/** Split a path at its dots and take the quotes off. */
export function segmentsOf(path: string): string[] {
  return [...path.matchAll(SEGMENT)].map(
    ([, backticked, double, plain]) =>
      plain ?? backticked?.replaceAll("``", "`") ?? double?.replaceAll('""', '"') ?? "",
  );
}
