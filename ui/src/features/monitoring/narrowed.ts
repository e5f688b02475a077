import { andFilter, termsOf, withTerm } from "@/filter/terms";

/** A filter with a condition more, which takes the place of what says the same or the contrary of the same field. */
export function narrowed(q: string, condition: string): string {
  return (termsOf(condition) ?? []).reduce((filter, { text, field, operator, values, isNegated }) => {
    const [value = ""] = values;
    if (field === null || operator === null || values.length > 1) return andFilter(filter, text);
    if (operator === "!=") return withTerm(filter, field, value, { negated: !isNegated });
    return withTerm(filter, field, value, { negated: isNegated, operator });
  }, q);
}
