import { useState } from "react";
import { measured } from "@/format/numbers";
import { CopyButton } from "@/payload/CopyButton";
import { LargeValue, wholly } from "@/payload/largeValue";
import { PlainText } from "@/payload/PlainText";
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";

export interface Document {
  readonly content: string;
  readonly document_id: string | null;
  readonly score: number | null;
  readonly metadata: Record<string, unknown>;
}

const SHOWN = 50;

/** What was retrieved, in its order. */
export function Documents({ documents, find = "" }: { documents: readonly Document[]; find?: string }) {
  const [isWhole, setWhole] = useState(false);
  if ((documents as unknown) instanceof LargeValue) return <ValueView value={documents} />;
  const shown = isWhole ? documents : documents.slice(0, SHOWN);
  return (
    <ol className="space-y-2">
      {shown.map((document, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the same document may come twice
        <DocumentCard key={at} document={document} at={at} find={find} />
      ))}
      {shown.length < documents.length && (
        <button type="button" className="link" onClick={() => setWhole(true)}>
          {words.inspector.allDocuments(documents.length)}
        </button>
      )}
    </ol>
  );
}

function DocumentCard({ document, at, find }: { document: Document; at: number; find: string }) {
  const { content, document_id: id, metadata } = document;
  const score = scoreOf(document);
  const title = [metadata.title, metadata.doc_uri, metadata.source, id].find((each) => typeof each === "string");
  return (
    <li className="group/document rounded-md border border-line px-3 py-1.5">
      <div className="flex min-h-7 items-center gap-2">
        <span className="text-faint">{at + 1}</span>
        {typeof title === "string" && <span className="min-w-0 truncate font-medium">{shownText(title)}</span>}
        {id !== null && id !== title && <span className="min-w-0 truncate text-faint">{shownText(id)}</span>}
        {score !== null && (
          <span className="ml-auto shrink-0 text-muted">{words.inspector.score(measured(score))}</span>
        )}
        <CopyButton
          text={() => wholly(content)}
          className={`opacity-0 focus-visible:opacity-100 group-hover/document:opacity-100 ${score === null ? "ml-auto" : ""}`}
        />
      </div>
      {typeof content === "string" ? <PlainText text={content} find={find} /> : <ValueView value={content} />}
      {Object.keys(metadata).length > 0 && (
        <details className="mt-1">
          <summary className="text-muted text-sm">{words.inspector.metadata}</summary>
          <ValueView value={metadata} label={words.inspector.metadata} />
        </details>
      )}
    </li>
  );
}

/** The score, which some keep among the metadata. */
function scoreOf({ score, metadata }: Document): number | null {
  if (score !== null) return score;
  const told = metadata.score ?? metadata.relevance_score;
  return typeof told === "number" ? told : null;
}
