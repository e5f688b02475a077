import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { keep, keptList } from "@/settings/kept";
import { parseRange } from "@/time/range";
import { facetKey, inOrder, setFacets } from "./facets";
import { parseFilter } from "./parse";
import { type FacetModel, facetsQuery } from "./queries";
import { type Facet, withoutFacet } from "./terms";
import { useSteadyNow } from "./useNow";

export interface ShownFacet extends Facet {
  readonly isAdded: boolean;
  readonly isOpen: boolean;
  /** Undefined until it is counted. */
  readonly counts: FacetModel | undefined;
}

const MANY_VALUES = 100;

/** The facets of a view: those that the server finds useful, those that the filter sets, and those that were added. */
export function useFacets(experimentId: string, q: string, t: string | undefined) {
  const nowMs = useSteadyNow();
  const range = useMemo(() => parseRange(t, nowMs), [t, nowMs]);
  const added = useAdded(experimentId);
  const [open, setOpen] = useState<readonly string[]>([]);
  const order = useRef<string[]>([]);
  const isReadable = parseFilter(q).problems.length === 0;
  const asked = { experimentId, range };
  const chosen = useQuery({ ...facetsQuery({ ...asked, filter: q, fields: null }), enabled: isReadable });
  const useful: Facet[] = chosen.data?.facets ?? [];
  const set = setFacets(q, useful);
  // What the filter sets is counted without it, so that one sees what else there is.
  const own = uniqueFacets([
    ...set,
    ...added.fields.map((field) => ({ field, only: null })),
    ...useful.filter((facet) => open.includes(facetKey(facet))),
  ]);
  const counted = useQueries({
    queries: own.map((facet) => ({
      ...facetsQuery({
        ...asked,
        filter: withoutFacet(q, facet),
        fields: facet.only === null ? [facet.field] : null,
        maxValues: open.includes(facetKey(facet)) ? MANY_VALUES : undefined,
      }),
      enabled: isReadable,
    })),
  });
  // Nothing is placed before the server has said what is useful, or it would move.
  const isPlaced = chosen.data !== undefined || chosen.isError || !isReadable;
  const all = isPlaced ? uniqueFacets([...useful, ...own]) : [];
  for (const facet of all) if (!order.current.includes(facetKey(facet))) order.current.push(facetKey(facet));
  const shown = inOrder(all, order.current).map((facet): ShownFacet => {
    const at = own.findIndex((each) => facetKey(each) === facetKey(facet));
    const found = at < 0 ? chosen.data?.facets : counted[at]?.data?.facets;
    return {
      ...facet,
      isAdded: facet.only === null && added.fields.includes(facet.field),
      isOpen: open.includes(facetKey(facet)),
      counts: found?.find((each) => facetKey(each) === facetKey(facet)),
    };
  });
  const toggleOpen = (facet: Facet) => setOpen((old) => without(old, facetKey(facet)) ?? [...old, facetKey(facet)]);
  return { shown, added, chosen, isReadable, toggleOpen };
}

function uniqueFacets(facets: readonly Facet[]): Facet[] {
  const byKey = new Map(facets.map((facet) => [facetKey(facet), { field: facet.field, only: facet.only }]));
  return [...byKey.values()];
}

/** The list without an entry; null if it has none such. */
function without(list: readonly string[], entry: string): string[] | null {
  return list.includes(entry) ? list.filter((each) => each !== entry) : null;
}

/** Facets that somebody added, remembered by experiment. */
function useAdded(experimentId: string) {
  const key = `trilha.facets.${experimentId}`;
  const [fields, setFields] = useState<readonly string[]>(() => keptList(key));
  const change = (next: readonly string[]) => {
    keep(key, JSON.stringify(next));
    setFields(next);
  };
  return {
    fields,
    add: (field: string) => change([...fields.filter((each) => each !== field), field]),
    remove: (field: string) => change(fields.filter((each) => each !== field)),
  };
}
