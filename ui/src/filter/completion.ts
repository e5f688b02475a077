/** What the editor offers while somebody types: names, operators, values that were seen, words. */
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSection,
  type CompletionSource,
  insertCompletionText,
  startCompletion,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { QueryClient } from "@tanstack/react-query";
import { shortCount } from "@/format/numbers";
import { text as words } from "@/text";
import { type Expected, expectedAt, freeText } from "./expected";
import { recentFilters } from "./history";
import { type FieldModel, fieldsQuery, valuesQuery } from "./queries";
import { containsText, quoted } from "./terms";
import { fieldOf, firstName, isField } from "./vocabulary";

const say = words.filter;
const WAIT_MS = 120;
const GROUPS = ["trace", "spans", "tags", "metadata", "feedback", "expectations", "attributes"] as const;

/** Marks completions that are a whole filter: to take one is to apply it. */
const WHOLE_FILTER = "filter";

export interface Offers {
  experimentId: string;
  queryClient: QueryClient;
  /** Apply a filter that was chosen. */
  onWhole: (q: string) => void;
}

export function completionSource(offers: Offers): CompletionSource {
  return async (context) => {
    const text = context.state.doc.toString();
    const expected = expectedAt(text, context.pos);
    switch (expected.what) {
      case "field":
        return fieldCompletions(context, expected, text, offers);
      case "operator":
        return operatorCompletions(context, expected, text, offers);
      case "value":
        return valueCompletions(context, expected, offers);
      case "joint":
        return jointCompletions(context, expected, offers);
      case "list":
        return result(expected, [{ label: "(", apply: thenMore("(") }]);
      case "null":
        return result(expected, [word("NULL"), word("NOT NULL")]);
      case "comma":
        return context.explicit ? result(expected, [word(","), word(")")]) : null;
    }
  };
}

async function fieldCompletions(context: CompletionContext, expected: Expected, text: string, offers: Offers) {
  const fields = await knownFields(offers);
  if (context.aborted) return null;
  const isBlank = text.trim() === "";
  const options = [
    ...textCompletion(text, fields, offers),
    ...(isBlank ? recentCompletions(offers) : []),
    ...fields.map((field) => fieldCompletion(field)),
    ...(isBlank ? [] : [word("NOT", say.words.NOT), { ...word("(", say.words.group), apply: thenMore("(") }]),
  ];
  return result(expected, options);
}

async function operatorCompletions(context: CompletionContext, expected: Expected, text: string, offers: Offers) {
  const fields = await knownFields(offers);
  if (context.aborted) return null;
  const rule = fieldOf(expected.field);
  const whole = textCompletion(text, fields, offers);
  if (!isField(rule)) return whole.length > 0 ? { from: 0, options: whole, filter: false } : null;
  const operators = rule.rule.operators.map((operator, index) => ({
    label: operator,
    detail: say.operators[operator],
    type: "operator",
    boost: -index,
    apply: thenMore(`${spaceBefore(context, expected)}${operator}${operator.endsWith("IN") ? " (" : " "}`),
  }));
  return result(expected, operators);
}

async function valueCompletions(context: CompletionContext, expected: Expected, offers: Offers) {
  const rule = fieldOf(expected.field);
  const isPattern = expected.operator.endsWith("LIKE");
  if (!isField(rule) || isPattern || rule.rule.kind === "number" || rule.rule.kind === "time") return null;
  if (/[<>]/.test(expected.operator)) return null;
  if (expected.typed !== "") await abortable(context, WAIT_MS);
  if (context.aborted) return null;
  const found = await offers.queryClient
    .fetchQuery(valuesQuery(offers.experimentId, firstName(expected.field), expected.typed))
    .catch(() => null);
  if (found === null || context.aborted || found.values.length === 0) return null;
  const tail = expected.isInList ? "" : " ";
  return {
    from: expected.from,
    to: expected.to,
    filter: false,
    options: found.values.map(({ value, traces }) => ({
      label: value === "" ? say.emptyText : value,
      detail: traces === null ? "" : shortCount(traces),
      type: "value",
      apply: `${spaceBefore(context, expected)}${quoted(value)}${tail}`,
    })),
  } satisfies CompletionResult;
}

async function jointCompletions(context: CompletionContext, expected: Expected, offers: Offers) {
  if (expected.typed === "" && !context.explicit) return null;
  const fields = await knownFields(offers);
  if (context.aborted) return null;
  const after = fields.map((field) => ({ ...fieldCompletion(field, "AND "), boost: -1 }));
  return result(expected, [word("AND", say.words.AND), word("OR", say.words.OR), ...after]);
}

function result({ from, to }: Expected, options: Completion[]): CompletionResult | null {
  return options.length === 0 ? null : { from, to, options, validFor: /^[\w.\-`]*$/ };
}

/** Names that people know better than the first ones. */
const SHOWN_NAMES: Readonly<Record<string, string>> = {
  execution_time_ms: "duration",
  timestamp_ms: "timestamp",
  end_time_ms: "end_time",
  request_id: "trace_id",
};

function fieldCompletion(field: FieldModel, before = ""): Completion {
  const name = SHOWN_NAMES[field.field] ?? field.field;
  return {
    label: name,
    detail: field.traces === null ? "" : shortCount(field.traces),
    type: "field",
    section: section(field.group),
    boost: field.traces === 0 ? -50 : importance(name),
    apply: thenMore(`${before}${name} `),
  };
}

/** What people ask for most stands first. */
const FIRST = ["status", "name", "user", "session", "version", "duration", "timestamp", "tokens.total", "cost.total"];

function importance(name: string): number {
  const at = FIRST.indexOf(name);
  return at < 0 ? 0 : FIRST.length - at;
}

function section(group: FieldModel["group"]): CompletionSection {
  return { name: say.groups[group], rank: 10 + GROUPS.indexOf(group) };
}

/** "Text contains": first, unless the one word that stands there begins a name. */
function textCompletion(text: string, fields: readonly FieldModel[], offers: Offers): Completion[] {
  const sought = freeText(text);
  if (sought === null) return [];
  const isName = fields.some(({ field }) => (SHOWN_NAMES[field] ?? field).startsWith(sought.toLowerCase()));
  const q = containsText(sought);
  return [
    {
      label: text.trim(),
      displayLabel: say.textContains(sought),
      detail: q,
      type: WHOLE_FILTER,
      section: { name: say.textSection, rank: isName ? 90 : 0 },
      boost: 99,
      apply: () => offers.onWhole(q),
    },
  ];
}

function recentCompletions(offers: Offers): Completion[] {
  return recentFilters()
    .slice(0, 6)
    .map((q, index) => ({
      label: q,
      type: WHOLE_FILTER,
      section: { name: say.recent, rank: 1 },
      boost: -index,
      apply: () => offers.onWhole(q),
    }));
}

function word(label: string, detail = ""): Completion {
  return { label, detail, type: "word", apply: thenMore(`${label} `) };
}

/** Insert, and offer what may follow. */
function thenMore(inserted: string) {
  return (view: EditorView, _completion: Completion, from: number, to: number) => {
    const rest = view.state.sliceDoc(to, to + 1);
    const isSpaced = inserted.endsWith(" ") && rest === " ";
    view.dispatch({ ...insertCompletionText(view.state, isSpaced ? inserted.trimEnd() : inserted, from, to) });
    if (isSpaced) view.dispatch({ selection: { anchor: view.state.selection.main.head + 1 } });
    startCompletion(view);
  };
}

/** A space, where a word would otherwise touch what stands before it. */
function spaceBefore(context: CompletionContext, { from }: Expected): string {
  return from > 0 && /[^\s(,]/.test(context.state.sliceDoc(from - 1, from)) ? " " : "";
}

async function knownFields({ queryClient, experimentId }: Offers): Promise<FieldModel[]> {
  const found = await queryClient.fetchQuery(fieldsQuery(experimentId)).catch(() => null);
  return found?.fields ?? [];
}

function abortable(context: CompletionContext, waitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, waitMs);
    context.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
