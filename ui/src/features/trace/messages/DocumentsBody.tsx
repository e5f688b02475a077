import { Search } from "lucide-react";
import { duration } from "@/format/numbers";
import { shownText } from "@/payload/shownText";
import { text as words } from "@/text";
import { Documents } from "../inspector/Documents";
import { CardHead } from "./CardHead";
import type { DocumentsItem } from "./queries";
import { useFold } from "./useFold";

interface DocumentsBodyProps {
  item: DocumentsItem;
  find: string;
  onChoose: () => void;
}

/** What was looked up, and what was found. */
export function DocumentsBody({ item, find, onChoose }: DocumentsBodyProps) {
  const [isOpen, toggle] = useFold(item, find, onChoose);
  return (
    <>
      <CardHead
        icon={<Search size={14} className="shrink-0 text-span-retriever" aria-hidden />}
        title={shownText(item.name)}
        isOpen={isOpen}
        onToggle={toggle}
        preview={item.query === null ? undefined : shownText(item.query.slice(0, 300))}
        facts={
          <>
            {item.is_error && <span className="text-error">{words.state.ERROR}</span>}
            <span>{words.messages.documents(item.documents.length)}</span>
            {item.duration_ns !== null && <span>{duration(item.duration_ns / 1e6)}</span>}
          </>
        }
        item={item}
      />
      {isOpen && <Documents documents={item.documents} find={find} />}
      {item.error && <p className="whitespace-pre-wrap break-words text-error">{shownText(item.error)}</p>}
    </>
  );
}
