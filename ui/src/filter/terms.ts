/** Filters by their terms: what the interface reads from a filter, and what a click changes in it. */
import { type Comparison, isNumber, type Node, parseFilter } from "./parse";
import { fieldOf, firstName, isField, type Operator, withKey } from "./vocabulary";

/** One of the conditions that a filter joins by AND. */
export interface Term {
  /** As it is written. */
  readonly text: string;
  /** As it is written; null where the term is more than one comparison. */
  readonly field: string | null;
  readonly operator: Operator | null;
  /** Whether NOT turns it around: `NOT field = 'a'`, `field NOT LIKE 'a'`. `NOT IN` is an operator. */
  readonly isNegated: boolean;
  readonly values: readonly string[];
  /** What else must hold of the same span, where the term is a group such as `NOT NOT (span.type = 'TOOL' AND span.name = 'a')`. */
  readonly only: string | null;
  /** Offsets in the filter. */
  readonly from: number;
  readonly to: number;
}

export type KeyScope = "tags" | "metadata" | "feedback" | "expectation" | "span.attributes";

/** Put a value in quotes. */
export function quoted(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** Write a field: a key of a scope, or an attribute as it is. */
export function fieldName(scope: KeyScope | null, key: string): string {
  return scope === null ? key : withKey(scope, key);
}

/** The terms that a filter joins by AND; none for a blank one, null for one that does not parse. */
export function termsOf(q: string): Term[] | null {
  const { node, problems } = parseFilter(q);
  if (node === null) return problems.length > 0 ? null : [];
  return conjuncts(node).map((each) => termOf(q, each));
}

export interface TermOptions {
  /** Whether what has the value is to be left out. */
  negated?: boolean;
  /** `=` unless told. */
  operator?: string;
}

/**
 * Add a condition to a filter. It takes the place of what contradicts it: a field equals one value, and what was let
 * in is no longer left out. What is left out keeps traces without the field.
 */
export function withTerm(
  q: string,
  field: string,
  value: string,
  { negated = false, operator = "=" }: TermOptions = {},
) {
  const terms = termsOf(q);
  const added = (options: TermOptions) => comparison(field, value, options);
  if (terms === null) return `${q.trim()} AND ${added({ negated, operator })}`;
  if (operator !== "=") {
    const same = /^[<>]/.exec(operator)?.[0] ?? null;
    const kept = terms.filter(
      (term) => !(same !== null && isOf(term, field) && !term.isNegated && term.operator?.startsWith(same)),
    );
    const text = added({ negated, operator });
    return written([...kept.map((term) => term.text).filter((each) => each !== text), text]);
  }
  const { included, excluded } = valuesOf(q, field);
  return negated
    ? withValues(q, field, { included: included.filter((each) => each !== value), excluded: [...excluded, value] })
    : withValues(q, field, { included: [value], excluded: excluded.filter((each) => each !== value) });
}

/** Take a term out of the filter that it was read from. */
export function withoutTerm(q: string, term: Term): string {
  const terms = termsOf(q) ?? [];
  return written(terms.filter((each) => each.from !== term.from || each.to !== term.to).map((each) => each.text));
}

export interface Values {
  /** What the field must be one of; empty where it may be anything. */
  readonly included: string[];
  readonly excluded: string[];
}

/** The values that a filter lets in or leaves out. */
export function valuesOf(q: string, field: string): Values {
  const included: string[] = [];
  const excluded: string[] = [];
  for (const term of (termsOf(q) ?? []).filter((each) => isOf(each, field))) {
    const side = sideOf(term);
    if (side === "included") included.push(...term.values);
    if (side === "excluded") excluded.push(...term.values);
  }
  return { included: [...new Set(included)], excluded: [...new Set(excluded)] };
}

/** Let in and leave out exactly these values of a field; other conditions on it stay. */
export function withValues(q: string, field: string, { included, excluded }: Values): string {
  const terms = termsOf(q);
  if (terms === null) return q;
  const wanted = [oneOf(field, included, false), oneOf(field, [...new Set(excluded)], true)].filter(
    (each) => each !== "",
  );
  const at = terms.findIndex((term) => isOf(term, field) && sideOf(term) !== null);
  const before = (at < 0 ? terms : terms.slice(0, at)).map((term) => term.text);
  const after = (at < 0 ? [] : terms.slice(at)).filter((term) => !isOf(term, field) || sideOf(term) === null);
  return written([...before, ...wanted, ...after.map((term) => term.text)]);
}

/** A field whose values are shown beside the list, and what its spans must be to count. */
export interface Facet {
  readonly field: string;
  readonly only: string | null;
}

/**
 * Let in and leave out exactly these values of a facet.
 *
 * Comparisons of spans that are joined by AND must hold for one and the same span, but facets are counted each on its
 * own: behind another condition on spans, `NOT NOT` says "of some span".
 */
export function withFacet(q: string, { field, only }: Facet, { included, excluded }: Values): string {
  if (!field.startsWith("span.")) return withValues(q, field, { included, excluded });
  const terms = termsOf(withoutFacet(q, { field, only }));
  if (terms === null) return q;
  const isAlone = !terms.some((term) => isBareSpan(term));
  const within = (values: readonly string[]) => [...(only ? [only] : []), oneOf(field, values, false)];
  const added: string[] = [];
  if (included.length > 0) {
    const all = within(included);
    if (isAlone) added.push(...all);
    else added.push(all.length > 1 ? `NOT NOT (${all.join(" AND ")})` : `NOT NOT ${all[0]}`);
  }
  if (excluded.length > 0) {
    added.push(
      only ? `NOT (${within([...new Set(excluded)]).join(" AND ")})` : oneOf(field, [...new Set(excluded)], true),
    );
  }
  return written([...terms.map((term) => term.text), ...added]);
}

/** The filter without what a facet sets, so that the facet shows what else there is. */
export function withoutFacet(q: string, { field, only }: Facet): string {
  const terms = termsOf(q);
  if (terms === null) return q;
  const own = terms.filter((term) => isOf(term, field) && sideOf(term) !== null);
  const isSetByFacet = only !== null && own.some((term) => term.only === null && !term.isNegated);
  const kept = terms.filter((term) => !own.includes(term) && !(isSetByFacet && term.text === only));
  return written(kept.map((term) => term.text));
}

function isBareSpan(term: Term): boolean {
  return term.field !== null && firstName(term.field).startsWith("span.") && !/^not\b/i.test(term.text);
}

/** Join two filters. */
export function andFilter(a: string, b: string): string {
  const parts = [a, b].filter((each) => each.trim() !== "");
  if (parts.length < 2) return (parts[0] ?? "").trim();
  return written(parts.flatMap((each) => termsOf(each)?.map((term) => term.text) ?? [each.trim()]));
}

/** The filter that finds a text anywhere in a trace. */
export function containsText(sought: string): string {
  return `trace.text ILIKE ${quoted(`%${sought}%`)}`;
}

/** Write one condition. */
export function comparison(
  field: string,
  value: string,
  { negated = false, operator = "=" }: TermOptions = {},
): string {
  const name = operator.toUpperCase();
  if (name.endsWith("NULL")) return `${negated ? "NOT " : ""}${field} ${name}`;
  if (name.endsWith("LIKE")) return `${field} ${negated ? "NOT " : ""}${name} ${quoted(value)}`;
  if (name === "IN" || name === "NOT IN") return `${negated ? "NOT " : ""}${field} ${name} (${quoted(value)})`;
  if (name === "=") return oneOf(field, [value], negated);
  return `${negated ? "NOT " : ""}${field} ${name} ${literal(field, value, name)}`;
}

function oneOf(field: string, values: readonly string[], isNegated: boolean): string {
  const [first] = values;
  if (first === undefined) return "";
  // `!=` is never true where the field is missing: only what is always there may be left out by it.
  const isAlwaysThere = !rule(field)?.operators.includes("IS NULL");
  const turned = isNegated && isAlwaysThere && !field.startsWith("span.") && rule(field)?.operators.includes("!=");
  const not = isNegated && !turned ? "NOT " : "";
  if (rule(field)?.kind === "number" && values.length > 1) {
    const each = values.map((value) => `${field} = ${literal(field, value, "=")}`).join(" OR ");
    return `${not}(${each})`;
  }
  if (values.length === 1) return `${not}${field} ${turned ? "!=" : "="} ${literal(field, first, "=")}`;
  return `${not}${field} ${turned ? "NOT IN" : "IN"} (${values.map(quoted).join(", ")})`;
}

function literal(field: string, value: string, operator: string): string {
  const kind = rule(field)?.kind;
  const isMeasured = kind === "number" || kind === "time" || (kind === "assessed" && /[<>]/.test(operator));
  return isMeasured && isNumber(value) ? value.trim() : quoted(value);
}

function rule(field: string) {
  const found = fieldOf(field);
  return isField(found) ? found.rule : null;
}

function sideOf(term: Term): "included" | "excluded" | null {
  if (term.operator === "=" || term.operator === "IN") return term.isNegated ? "excluded" : "included";
  if ((term.operator === "!=" || term.operator === "NOT IN") && !term.isNegated) return "excluded";
  return null;
}

function isOf(term: Term, field: string): boolean {
  return term.field !== null && firstName(term.field) === firstName(field);
}

function conjuncts(node: Node): Node[] {
  if (node.kind === "and") return node.terms.flatMap(conjuncts);
  if (node.kind === "group") {
    const inner = node.term;
    return inner.kind === "or" ? [node] : conjuncts(inner);
  }
  return [node];
}

function termOf(q: string, node: Node): Term {
  const { from, to } = node;
  const text = q.slice(from, to);
  const [inner, isTurned] = withoutNot(node);
  const all = inner.kind === "and" && inner.terms.every(isOfSpan) ? inner.terms : [inner];
  const last = all.at(-1);
  if (last?.kind !== "comparison") {
    return { text, field: null, operator: null, isNegated: false, values: [], only: null, from, to };
  }
  const { field, operator, values } = last;
  const others = all.slice(0, -1).map((each) => q.slice(each.from, each.to));
  const only = others.length > 0 ? others.join(" AND ") : null;
  return { text, field, operator, isNegated: isTurned !== last.isNegated, values, only, from, to };
}

/** What NOT and parentheses stand around, and whether it is turned around. */
function withoutNot(node: Node): [Node, boolean] {
  if (node.kind === "group") return withoutNot(node.term);
  if (node.kind !== "not") return [node, false];
  const [inner, isTurned] = withoutNot(node.term);
  return [inner, !isTurned];
}

function isOfSpan(node: Node): node is Comparison {
  return node.kind === "comparison" && firstName(node.field).startsWith("span.");
}

function written(texts: readonly string[]): string {
  return texts.length === 1 ? (texts[0] ?? "") : texts.map(grouped).join(" AND ");
}

/** An OR that is joined by AND needs parentheses. */
function grouped(text: string): string {
  return parseFilter(text).node?.kind === "or" ? `(${text})` : text;
}
