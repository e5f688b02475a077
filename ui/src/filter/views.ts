/** Saved views: a name and the address of a list, kept as tags of the experiment, so that all who use it share them. */
import { type ListView, listView, parseAddress, writeAddress } from "@/address/view";
import { problemOf } from "@/api/client";
import { text as words } from "@/text";
import { parseFilter } from "./parse";
import type { FieldModel } from "./queries";
import { fieldName, termsOf } from "./terms";
import { firstName } from "./vocabulary";

export interface SavedView {
  /** Names it in the address and in the tag. */
  readonly slug: string;
  readonly name: string;
  readonly view: ListView;
  readonly isBuiltIn: boolean;
}

const PREFIX = "trilha.view.";
/** What a view keeps. Which view it is, and whether it follows what arrives, belong to the one who looks. */
const KEPT = ["q", "t", "cols", "sort", "group", "rows"] as const satisfies readonly (keyof ListView)[];

/** What of an address a view keeps. */
export function savedPart(view: ListView): ListView {
  return Object.fromEntries(KEPT.flatMap((key) => (view[key] ? [[key, view[key]]] : [])));
}

/** Read the views of an experiment from its tags, by name; a tag that cannot be read is left out. */
export function savedViews(tags: Readonly<Record<string, string>>): SavedView[] {
  return Object.entries(tags)
    .filter(([key]) => key.startsWith(PREFIX))
    .flatMap(([key, value]) => readView(key.slice(PREFIX.length), value) ?? [])
    .sort((a, b) => a.name.localeCompare(b.name));
}

function readView(slug: string, value: string): SavedView | null {
  try {
    const found = JSON.parse(value) as { name?: unknown; address?: unknown } | null;
    if (typeof found?.name !== "string" || typeof found.address !== "string") return null;
    return { slug, name: found.name, view: savedPart(listView(parseAddress(found.address))), isBuiltIn: false };
  } catch {
    return null;
  }
}

/** The views that are there without being saved. What "negative" is depends on the feedback that was seen. */
export function builtInViews(fields: readonly FieldModel[]): SavedView[] {
  const say = words.filter.views.builtIn;
  const own = (slug: string, name: string, view: ListView): SavedView => ({ slug, name, view, isBuiltIn: true });
  return [
    own("errors", say.errors, { q: "status = 'ERROR'" }),
    own("slowest", say.slowest, { sort: "-duration" }),
    own("most-expensive", say.mostExpensive, { sort: "-cost" }),
    own("negative-feedback", say.negativeFeedback, { q: negativeFeedback(fields) }),
    own("running", say.running, { q: "status = 'IN_PROGRESS'" }),
  ];
}

const MOST_NAMES = 5;

function negativeFeedback(fields: readonly FieldModel[]): string {
  const names = fields.filter(({ group, kind }) => group === "feedback" && kind === "text").map(({ field }) => field);
  const asked = names.length > 0 ? names.slice(0, MOST_NAMES) : [fieldName("feedback", "user_feedback")];
  return asked.map((field) => `${field} IN ('false', 'no')`).join(" OR ");
}

/** A slug that no view has yet. */
export function newSlug(name: string, taken: readonly string[]): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  const first = plain || "view";
  let slug = first;
  for (let n = 2; taken.includes(slug); n++) slug = `${first}-${n}`;
  return slug;
}

/** Whether an address shows what a view keeps. */
export function showsView(address: ListView, saved: SavedView): boolean {
  return writeAddress({ ...savedPart(address) }) === writeAddress({ ...savedPart(saved.view) });
}

/** The fields by key that a view names and no trace has any more. */
export function lostFields({ view }: SavedView, fields: readonly FieldModel[]): string[] {
  const named = [
    ...(termsOf(view.q ?? "") ?? []).map((term) => term.field ?? ""),
    ...(view.cols ?? "").split(",").map((column) => column.replace(/:\d+$/, "")),
    (view.sort ?? "").replace(/^-/, ""),
    view.group ?? "",
  ];
  const known = new Set(fields.filter(({ traces }) => traces !== 0).map(({ field }) => field));
  const byKey = named.filter((name) => /^(tags?|metadata|request_metadata|feedback|expectation)\../.test(name));
  return [...new Set(byKey.map(firstName))].filter((field) => !known.has(field));
}

/** Whether the filter of a view can still be read. */
export function isReadable({ view }: SavedView): boolean {
  return parseFilter(view.q ?? "").problems.length === 0;
}

/** Write a view for all. Throws `ApiProblem`. */
export async function saveView(experimentId: string, slug: string, name: string, view: ListView): Promise<void> {
  const value = JSON.stringify({ name, address: writeAddress({ ...savedPart(view) }) });
  await post("set-experiment-tag", { experiment_id: experimentId, key: PREFIX + slug, value });
}

/** Take a view away for all. Throws `ApiProblem`. */
export async function deleteView(experimentId: string, slug: string): Promise<void> {
  await post("delete-experiment-tag", { experiment_id: experimentId, key: PREFIX + slug });
}

async function post(call: string, body: object): Promise<void> {
  const response = await fetch(`/api/2.0/mlflow/experiments/${call}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => null);
  if (response === null) throw problemOf(0, words.app.noServer);
  if (response.ok) return;
  const said: unknown = await response.json().catch(() => null);
  const message = (said as { message?: unknown } | null)?.message;
  throw problemOf(response.status, typeof message === "string" ? message : said);
}
