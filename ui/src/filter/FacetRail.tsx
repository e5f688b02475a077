import { useQuery } from "@tanstack/react-query";
import { PanelLeftClose, PanelLeftOpen, Plus } from "lucide-react";
import { useState } from "react";
import { filterProblemOf } from "@/api/client";
import { IconButton } from "@/components/Button";
import { Problem } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { keep, kept } from "@/settings/kept";
import { text as words } from "@/text";
import { FacetSection } from "./FacetSection";
import { addable, facetKey, otherTerms } from "./facets";
import { fieldsQuery } from "./queries";
import { withFacet } from "./terms";
import { useFacets } from "./useFacets";

const say = words.filter.facets;
/** Says in this browser's settings whether the rail is closed. */
export const FACETS_KEY = "trilha.facets";

interface FacetRailProps {
  experimentId: string;
  q: string;
  t: string | undefined;
  onChange: (q: string) => void;
}

/** What the traces of a view have, counted: a click lets a value in or leaves it out, in the text of the filter. */
export function FacetRail(props: FacetRailProps) {
  const [isOpen, setOpen] = useState(() => kept(FACETS_KEY) !== "closed");
  const toggle = () => {
    keep(FACETS_KEY, isOpen ? "closed" : "open");
    setOpen(!isOpen);
  };
  useShortcut("facets", toggle);
  if (!isOpen) {
    return (
      <div className="flex w-9 shrink-0 flex-col items-center border-line border-r py-1.5">
        <IconButton label={say.show} onClick={toggle}>
          <PanelLeftOpen size={15} />
        </IconButton>
      </div>
    );
  }
  return (
    <aside aria-label={say.title} className="flex w-60 shrink-0 flex-col overflow-y-auto border-line border-r pb-4">
      <div className="sticky top-0 z-10 flex items-center bg-bg py-1.5 pr-1.5 pl-3">
        <h2 className="flex-1 font-semibold text-muted text-sm">{say.title}</h2>
        <IconButton label={say.hide} onClick={toggle}>
          <PanelLeftClose size={15} />
        </IconButton>
      </div>
      <Facets key={props.experimentId} {...props} />
    </aside>
  );
}

function Facets({ experimentId, q, t, onChange }: FacetRailProps) {
  const { shown, added, chosen, isReadable, toggleOpen } = useFacets(experimentId, q, t);
  const { data } = chosen;
  // The bar says what is wrong with the filter.
  const isFilterRight = isReadable && filterProblemOf(chosen.error) === null;
  const others = otherTerms(q).length;
  return (
    <>
      {!isFilterRight && <Note>{say.unreadable}</Note>}
      {others > 0 && <Note>{say.others(others)}</Note>}
      {data !== undefined && !data.is_complete && <Note>{say.partial(data.counted_traces)}</Note>}
      {chosen.isError && isFilterRight && data === undefined && (
        <Problem error={chosen.error} onRetry={() => void chosen.refetch()} />
      )}
      {chosen.isPending && isReadable && <Skeleton />}
      {shown.map((facet) => (
        <FacetSection
          key={facetKey(facet)}
          facet={facet}
          q={q}
          isDisabled={!isReadable}
          onValues={(values) => onChange(withFacet(q, facet, values))}
          onMore={() => toggleOpen(facet)}
          onRemove={facet.isAdded ? () => added.remove(facet.field) : null}
        />
      ))}
      <AddFacet experimentId={experimentId} shown={shown} onAdd={added.add} />
    </>
  );
}

function Note({ children }: { children: string }) {
  return <p className="mx-3 mb-2 rounded bg-bg-sunken px-2 py-1 text-muted text-sm">{children}</p>;
}

function AddFacet({
  experimentId,
  shown,
  onAdd,
}: {
  experimentId: string;
  shown: Parameters<typeof addable>[1];
  onAdd: (field: string) => void;
}) {
  const { data } = useQuery(fieldsQuery(experimentId));
  const fields = addable(data?.fields ?? [], shown);
  const groups = [...new Set(fields.map(({ group }) => group))];
  if (fields.length === 0) return null;
  return (
    <label className="mx-3 mt-3 flex items-center gap-1.5 text-muted">
      <Plus size={14} aria-hidden />
      <select
        aria-label={say.add}
        value=""
        onChange={(event) => onAdd(event.target.value)}
        className="h-7 min-w-0 flex-1 rounded border border-line bg-bg px-1"
      >
        <option value="">{say.add}</option>
        {groups.map((group) => (
          <optgroup key={group} label={words.filter.groups[group]}>
            {fields
              .filter((each) => each.group === group)
              .map(({ field }) => (
                <option key={field}>{field}</option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  );
}

function Skeleton() {
  return (
    <div role="status" aria-label={words.app.loading} className="animate-pulse px-3">
      {Array.from({ length: 14 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <div key={index} className="flex h-6 items-center">
          <div className="h-2.5 rounded bg-bg-hover" style={{ width: `${45 + ((index * 17) % 45)}%` }} />
        </div>
      ))}
    </div>
  );
}
