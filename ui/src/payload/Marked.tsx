import { piecesOf, shownText } from "./shownText";

/** A text with what is looked for marked in it. */
export function Marked({ text, find = "" }: { text: string; find?: string }) {
  const shown = shownText(text);
  if (find === "") return shown;
  return piecesOf(shown, find).map((piece, index) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other name
    piece.isFound ? <mark key={index}>{piece.text}</mark> : <span key={index}>{piece.text}</span>,
  );
}
