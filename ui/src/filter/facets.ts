/** Which facets stand beside a list, in which order, and what of them is set. */
import type { FacetModel, FieldModel } from "./queries";
import { type Facet, type Term, termsOf, type Values, valuesOf } from "./terms";
import { fieldOf, firstName, isField } from "./vocabulary";

export interface FacetRow {
  readonly value: string;
  /** Null where it is not among those that were counted. */
  readonly traces: number | null;
  readonly state: "included" | "excluded" | null;
}

export function facetKey({ field, only }: Facet): string {
  return only === null ? field : `${field} (${only})`;
}

/** The facets that a filter sets; those that are known say what their spans must be. */
export function setFacets(q: string, known: readonly Facet[]): Facet[] {
  const fields = new Set((termsOf(q) ?? []).filter(isChoice).map((term) => firstName(term.field ?? "")));
  return [...fields].map((field) => known.find((facet) => facet.field === field) ?? { field, only: null });
}

/** The terms that no click in the rail changes. */
export function otherTerms(q: string): Term[] {
  return (termsOf(q) ?? []).filter((term) => term.field === null);
}

function isChoice(term: Term): boolean {
  return term.field !== null && /^(=|!=|IN|NOT IN)$/.test(term.operator ?? "") && canBeFacet(term.field);
}

/** Whether a field has values that can be counted one by one. */
export function canBeFacet(path: string): boolean {
  const found = fieldOf(path);
  if (!isField(found) || found.rule.kind === "number" || found.rule.kind === "time") return false;
  return !/^(trace\.text$|span\.content$|span\.attributes\.|request_id$|client_request_id$)/.test(found.name);
}

/** Facets in an order that lasts: what was shown first stays first. */
export function inOrder<F extends Facet>(facets: readonly F[], order: readonly string[]): F[] {
  const place = (facet: F) => {
    const at = order.indexOf(facetKey(facet));
    return at < 0 ? order.length : at;
  };
  return [...facets].sort((a, b) => place(a) - place(b));
}

/** The values of a facet with what is set of them; what is set stands there even where nothing has it. */
export function facetRows(facet: FacetModel | undefined, { included, excluded }: Values): FacetRow[] {
  const state = (value: string) =>
    included.includes(value) ? "included" : excluded.includes(value) ? "excluded" : null;
  const counted = (facet?.values ?? []).map(({ value, traces }) => ({ value: String(value), traces }));
  const missing = [...included, ...excluded].filter((value) => !counted.some((row) => row.value === value));
  return [...missing.map((value) => ({ value, traces: null })), ...counted].map((row) => ({
    ...row,
    state: state(row.value),
  }));
}

/** What a click on a value makes of those that are set: `included` or `excluded` again takes it back. */
export function toggled(values: Values, value: string, side: "included" | "excluded"): Values {
  const others = {
    included: values.included.filter((each) => each !== value),
    excluded: values.excluded.filter((each) => each !== value),
  };
  return values[side].includes(value) ? others : { ...others, [side]: [...others[side], value] };
}

/** What of a filter a facet sets. A field and its spans are read as one. */
export function facetValues(q: string, facet: Facet): Values {
  return valuesOf(q, facet.field);
}

/** Fields that may be added as a facet, those that most traces have first. */
export function addable(fields: readonly FieldModel[], shown: readonly Facet[]): FieldModel[] {
  const taken = new Set(shown.filter((facet) => facet.only === null).map((facet) => facet.field));
  return fields
    .filter(({ field, traces }) => canBeFacet(field) && !taken.has(field) && traces !== 0)
    .sort((a, b) => (b.traces ?? 0) - (a.traces ?? 0));
}
