import { useNavigate, useSearch } from "@tanstack/react-router";
import { ChevronDown, ChevronRight, Filter, FilterX } from "lucide-react";
import { useMemo, useState } from "react";
import { carried, type ListView } from "@/address/view";
import { IconButton } from "@/components/Button";
import { fieldName, withTerm } from "@/filter/terms";
import { CopyButton } from "@/payload/CopyButton";
import { writtenOut } from "@/payload/exactJson";
import { wholly } from "@/payload/largeValue";
import { Marked } from "@/payload/Marked";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { type Attribute, filterValue, groupsOf, rowsOf, sought } from "./attributeGroups";
import type { Span } from "./queries";

/** Fewer are read without searching. */
const FEW = 8;
/** More rows at once would hold up the page. */
const SHOWN_ROWS = 200;

/** The attributes of a span as they were sent, then what sent them; each can be looked for and filtered by. */
export function AttributeTable({ span, experimentId }: { span: Span; experimentId: string }) {
  const [text, setText] = useState("");
  const attributes = useMemo(() => rowsOf(span.attributes), [span.attributes]);
  const resource = useMemo(
    () =>
      rowsOf({
        ...span.resource,
        ...(span.scope_name ? { "scope.name": span.scope_name } : {}),
        ...(span.scope_version ? { "scope.version": span.scope_version } : {}),
      }),
    [span],
  );
  const filterBy = useFilterBy(experimentId);
  const groups = groupsOf(sought(attributes, text));
  const sent = sought(resource, text);
  return (
    <div className="space-y-3">
      {attributes.length + resource.length > FEW && (
        <input
          type="search"
          aria-label={words.inspector.findAttribute}
          placeholder={words.inspector.findAttribute}
          value={text}
          onChange={(event) => setText(event.target.value)}
          className="h-7 w-full rounded border border-line px-2"
        />
      )}
      {groups.map(({ id, attributes: rows }) => (
        <Group key={id} title={words.inspector.attributeGroups[id]} rows={rows} find={text} onFilter={filterBy} />
      ))}
      {sent.length > 0 && <Group title={words.inspector.attributeGroups.resource} rows={sent} find={text} />}
      {groups.length === 0 && sent.length === 0 && <p className="text-muted">{words.inspector.noAttribute}</p>}
    </div>
  );
}

type FilterBy = (attribute: Attribute, negated: boolean) => void;

/** The way to the traces that have, or have not, the same value. */
function useFilterBy(experimentId: string): FilterBy {
  const navigate = useNavigate();
  const view: ListView = useSearch({ strict: false });
  return ({ key, value }, negated) => {
    const wanted = filterValue(value);
    if (wanted === null) return;
    const q = withTerm(view.q ?? "", fieldName("span.attributes", key), wanted, { negated });
    void navigate({
      to: "/experiments/$experimentId/traces",
      params: { experimentId },
      search: { ...carried(view), q },
    });
  };
}

interface GroupProps {
  title: string;
  rows: readonly Attribute[];
  find: string;
  onFilter?: FilterBy;
}

function Group({ title, rows, find, onFilter }: GroupProps) {
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? rows : rows.slice(0, SHOWN_ROWS);
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-medium text-muted">{title}</h3>
      <ul className="rounded-md border border-line">
        {shown.map((attribute) => (
          <AttributeRow key={attribute.key} attribute={attribute} find={find} onFilter={onFilter} />
        ))}
      </ul>
      {shown.length < rows.length && (
        <button type="button" className="link mt-1" onClick={() => setWhole(true)}>
          {words.inspector.allAttributes(rows.length)}
        </button>
      )}
    </section>
  );
}

const LONG_CHARS = 90;

function AttributeRow({ attribute, find, onFilter }: { attribute: Attribute; find: string; onFilter?: FilterBy }) {
  const { key, value, line } = attribute;
  const [isOpen, setOpen] = useState(false);
  const isLong =
    line.length > LONG_CHARS || typeof value === "object" || (typeof value === "string" && value.includes("\n"));
  return (
    <li className="group/row relative border-line px-2 py-0.5 not-first:border-t">
      <div className="flex min-h-7 items-center gap-2">
        <button
          type="button"
          disabled={!isLong}
          aria-expanded={isLong ? isOpen : undefined}
          onClick={() => setOpen(!isOpen)}
          className="flex min-w-0 flex-1 items-center gap-1 text-left font-mono text-sm"
        >
          <span className="w-3.5 shrink-0 text-faint">
            {isLong && (isOpen ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />)}
          </span>
          <span className="max-w-[60%] shrink-0 truncate text-muted" title={key}>
            <Marked text={key} find={find} />
          </span>
          {!isOpen && (
            <span className="min-w-0 truncate" title={isLong ? undefined : line}>
              <Marked text={line} find={find} />
            </span>
          )}
        </button>
        <span className="absolute top-0.5 right-1 flex rounded bg-bg-raised opacity-0 focus-within:opacity-100 group-hover/row:opacity-100">
          {onFilter !== undefined && filterValue(value) !== null && (
            <>
              <IconButton label={words.inspector.onlySame(key)} onClick={() => onFilter(attribute, false)}>
                <Filter size={13} aria-hidden />
              </IconButton>
              <IconButton label={words.inspector.withoutSame(key)} onClick={() => onFilter(attribute, true)}>
                <FilterX size={13} aria-hidden />
              </IconButton>
            </>
          )}
          <CopyButton text={async () => writtenOut(await wholly(value))} label={words.inspector.copyOf(key)} />
        </span>
      </div>
      {isOpen && (
        <div className="py-1 pl-4">
          <ValueView value={value} label={key} find={find} />
        </div>
      )}
    </li>
  );
}
