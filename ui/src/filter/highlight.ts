/** The colours of the filter language, the same before and after the editor is there. */
import { type Token, tokensOf } from "./tokens";

export interface Coloured {
  readonly from: number;
  readonly to: number;
  readonly className: string;
}

const WORD = "text-accent font-medium";
const CLASSES: Partial<Record<Token["kind"], string>> = {
  and: WORD,
  or: WORD,
  not: WORD,
  in: WORD,
  is: WORD,
  null: WORD,
  match: WORD,
  operator: "text-muted",
  "(": "text-muted",
  ")": "text-muted",
  ",": "text-muted",
  quoted: "text-success",
  doubleQuoted: "text-success",
  number: "text-span-tool",
};

/** What of a text has which colour. */
export function coloured(text: string): Coloured[] {
  return tokensOf(text).flatMap(({ kind, text: written, from, to }) => {
    const isOpenQuote = kind === "unreadable" && /^['"]/.test(written);
    const className = isOpenQuote ? CLASSES.quoted : CLASSES[kind];
    return className === undefined ? [] : [{ from, to, className }];
  });
}

/** The text in pieces, those without a colour too. */
export function pieces(text: string): { text: string; className: string }[] {
  const found: { text: string; className: string }[] = [];
  let at = 0;
  for (const { from, to, className } of coloured(text)) {
    if (from > at) found.push({ text: text.slice(at, from), className: "" });
    found.push({ text: text.slice(from, to), className });
    at = to;
  }
  if (at < text.length) found.push({ text: text.slice(at), className: "" });
  return found;
}
