import { useState } from "react";
import { text as words } from "@/text";
import { Marked } from "./Marked";
import { cut } from "./shownText";
import { TextView } from "./TextView";

const MAX_CHARS = 6_000;

/** A text as it is, with its lines. What is long is cut, and all of it is shown by line. */
export function PlainText({ text, find = "", className = "" }: { text: string; find?: string; className?: string }) {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > MAX_CHARS;
  if (isLong && isWhole) return <TextView text={text} find={find} />;
  return (
    <div className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${className}`}>
      <Marked text={cut(text, MAX_CHARS)} find={find} />
      {isLong && (
        <>
          {"… "}
          <button type="button" className="link" onClick={() => setWhole(true)}>
            {words.payload.showAllChars(text.length)}
          </button>
        </>
      )}
    </div>
  );
}
