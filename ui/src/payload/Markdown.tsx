import { lazy, Suspense, useState } from "react";
import { text as words } from "@/text";
import { PlainText } from "./PlainText";
import { cut } from "./shownText";
import { TextView } from "./TextView";

const MarkdownBody = lazy(() => import("./MarkdownBody"));

/** What is longer is cut at first. */
const MAX_CHARS = 12_000;
/** What is longer than this is never laid out as Markdown, which takes too long: all of it is shown as text. */
const MAX_LAID_OUT_CHARS = 200_000;

/** A text of a trace as Markdown: no HTML, nothing fetched, links told in full. */
export function Markdown({ text, find = "" }: { text: string; find?: string }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > MAX_CHARS;
  if (isWhole && text.length > MAX_LAID_OUT_CHARS) return <TextView text={text} find={find} />;
  const shown = isLong && !isWhole ? beginning(text) : text;
  return (
    <>
      <Suspense fallback={<PlainText text={shown} find={find} />}>
        <MarkdownBody text={shown} find={find} />
      </Suspense>
      {isLong && (
        <button type="button" className="link mt-1" onClick={() => setWhole(!isWhole)}>
          {isWhole ? words.payload.showLess : words.payload.showAllChars(text.length)}
        </button>
      )}
    </>
  );
}

/** The beginning up to the end of a line, so that no list or table is cut within a row. */
function beginning(text: string): string {
  const start = cut(text, MAX_CHARS);
  const end = start.lastIndexOf("\n");
  return end > MAX_CHARS / 2 ? start.slice(0, end) : start;
}
