/** Text of traces as it can be shown: what is invisible and turns the order of letters around is made visible. */

const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** Write controls of the direction of text as their codes, since with them a text can look like another. */
export function shownText(text: string): string {
  return text.replace(TURNING, (control) => `‹U+${control.charCodeAt(0).toString(16).toUpperCase()}›`);
}

/** A part of a text that is marked, or not. */
export interface Piece {
  readonly text: string;
  readonly isFound: boolean;
}

/** Part a text where what is looked for stands in it; upper and lower case are the same. */
export function piecesOf(text: string, sought: string): Piece[] {
  if (sought === "") return [{ text, isFound: false }];
  const pieces: Piece[] = [];
  const [within, wanted] = [lower(text), lower(sought)];
  let from = 0;
  for (let at = within.indexOf(wanted); at !== -1; at = within.indexOf(wanted, from)) {
    if (at > from) pieces.push({ text: text.slice(from, at), isFound: false });
    pieces.push({ text: text.slice(at, at + wanted.length), isFound: true });
    from = at + wanted.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), isFound: false });
  return pieces;
}

/** Whether what is looked for stands in a text. Nothing that is looked for stands nowhere. */
export function holds(text: string, sought: string): boolean {
  return sought !== "" && text.toLowerCase().includes(sought.toLowerCase());
}

/** Lower case of the same length, so that offsets hold: `İ` would become two. */
export function lower(text: string): string {
  const lowered = text.toLowerCase();
  return lowered.length === text.length ? lowered : text.replace(/./gsu, sameLengthLower);
}

function sameLengthLower(letter: string): string {
  const lowered = letter.toLowerCase();
  return lowered.length === letter.length ? lowered : letter;
}

/** The beginning of a text, never half a letter. */
export function cut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxChars - 1 : maxChars);
}

const MARKDOWN = [
  /^#{1,6} \S/m, // heading
  /^\s*[-*+] \S.*\n\s*[-*+] \S/m, // list
  /^\s*\d+[.)] \S.*\n(.*\n)?\s*\d+[.)] \S/m, // numbered list
  /^(```|~~~)/m, // code
  /\*\*[^\s*][^*\n]*\*\*/, // bold
  /\[[^\]\n]+\]\((https?:|mailto:)[^)\s]+\)/, // link
  /^\|.*\|\s*\n\|\s*:?-+/m, // table
  /^> \S/m, // quote
  /(^|\s)`[^`\n]+`/, // code within a line
];
const LOOKED_AT_CHARS = 8_000;

/** Whether a text was written to be drawn as Markdown, as far as its beginning tells. */
export function looksLikeMarkdown(text: string): boolean {
  const beginning = text.slice(0, LOOKED_AT_CHARS);
  return MARKDOWN.some((pattern) => pattern.test(beginning));
}

/** Whether a text may be JSON of an object or a list. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text) && /[}\]]\s*$/.test(text.slice(-100));
}
