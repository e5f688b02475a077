/**
 * Answers of the server that may be large. A worker holds them: the page gets what is small of them, stand-ins for
 * what is large, and of that the rows in sight.
 */
import { jsonWithin, parseJson, writtenOut } from "./exactJson";
import { Viewer } from "./viewer";

export type Path = readonly (string | number)[];

/** An answer: its status, its value without what is large, and where that was. */
export interface Answer {
  readonly status: number;
  readonly value: unknown;
  readonly large: readonly Large[];
}

export interface Large {
  readonly path: Path;
  readonly kind: "text" | "json";
  /** The beginning of a text. */
  readonly beginning: string;
}

/** Up to this length an answer is handed over as a whole. */
export const WHOLE_CHARS = 1_000_000;
const LARGE_CHARS = 100_000;
/** A list of small things may be large itself. */
const MAX_FIELD_CHARS = 2_000_000;
const BEGINNING_CHARS = 2_000;
const KEPT_CHARS = 150_000_000;

export type ViewerMethod =
  | "window"
  | "toggle"
  | "openAll"
  | "closeAll"
  | "parentOf"
  | "pathOf"
  | "textOf"
  | "setColumns"
  | "beginFind"
  | "continueFind"
  | "reveal";

export type Request =
  | { kind: "load"; address: string }
  | { kind: "view"; viewer: number; address: string; path: Path; form: "json" | "text" }
  | { kind: "call"; viewer: number; method: ViewerMethod; args: Parameters<Viewer[ViewerMethod]> }
  | { kind: "close"; viewer: number }
  | { kind: "text"; address: string; path: Path };

export type Reply = { id: number; value: unknown } | { id: number; problem: string };

export class Documents {
  readonly #fetch: (address: string) => Promise<{ status: number; text: string }>;
  readonly #kept = new Map<string, { value: unknown; chars: number }>();
  readonly #viewers = new Map<number, Viewer>();

  constructor(fetchText: (address: string) => Promise<{ status: number; text: string }>) {
    this.#fetch = fetchText;
  }

  async answer(request: Request): Promise<unknown> {
    switch (request.kind) {
      case "load":
        return this.load(request.address);
      case "view":
        return this.view(request.viewer, request.address, request.path, request.form);
      case "call":
        return this.call(request.viewer, request.method, request.args);
      case "close":
        return this.close(request.viewer);
      case "text":
        return this.text(request.address, request.path);
    }
  }

  async load(address: string): Promise<Answer> {
    const { status, text } = await this.#fetch(address);
    const value = jsonWithin(text);
    if (status !== 200 || text.length <= WHOLE_CHARS) return { status, value, large: [] };
    this.#keep(address, value, text.length);
    return { status, ...withoutLarge(value) };
  }

  /** Begin to view what is at a path of an answer. */
  async view(viewer: number, address: string, path: Path, form: "json" | "text"): Promise<void> {
    const value = valueAt(await this.#value(address), path);
    if (form === "text") this.#viewers.set(viewer, new Viewer(writtenOut(value)));
    else this.#viewers.set(viewer, new Viewer(typeof value === "string" ? jsonWithin(value) : value));
  }

  call<M extends ViewerMethod>(viewer: number, method: M, args: Parameters<Viewer[M]>): ReturnType<Viewer[M]> {
    const found = this.#viewers.get(viewer);
    if (found === undefined) throw new Error("this view was closed");
    return (found[method] as (...args: unknown[]) => ReturnType<Viewer[M]>).apply(found, args);
  }

  close(viewer: number): void {
    this.#viewers.delete(viewer);
  }

  /** What is at a path, as text. */
  async text(address: string, path: Path): Promise<string> {
    return writtenOut(valueAt(await this.#value(address), path));
  }

  async #value(address: string): Promise<unknown> {
    const kept = this.#kept.get(address);
    if (kept !== undefined) return kept.value;
    const { status, text } = await this.#fetch(address);
    if (status !== 200) throw new Error(`HTTP ${status}`);
    const value = parseJson(text);
    this.#keep(address, value, text.length);
    return value;
  }

  /** Keep the answers that were read last. */
  #keep(address: string, value: unknown, chars: number) {
    this.#kept.delete(address);
    this.#kept.set(address, { value, chars });
    let sum = 0;
    for (const kept of this.#kept.values()) sum += kept.chars;
    for (const [old, kept] of this.#kept) {
      if (sum <= KEPT_CHARS || old === address) return;
      this.#kept.delete(old);
      sum -= kept.chars;
    }
  }
}

/** Names and messages are texts to the page, however long they are. */
const TEXTS = new Set<Path[number] | undefined>(["name", "description", "status_message"]);

/** Put what is large aside. Lists and objects are gone through as deep as spans have fields of their own. */
function withoutLarge(value: unknown): { value: unknown; large: Large[] } {
  const large: Large[] = [];
  return { value: lightened(value, [], large), large };
}

function lightened(value: unknown, path: Path, large: Large[]): unknown {
  if (sizeOf(value, LARGE_CHARS + 1) <= LARGE_CHARS) return value;
  if (typeof value === "string" && TEXTS.has(path.at(-1))) return value;
  if (typeof value !== "object" || value === null || isPayload(path)) return setAside(value, path, large);
  const aside: Large[] = [];
  const light = Array.isArray(value)
    ? value.map((each, at) => lightened(each, [...path, at], aside))
    : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, lightened(each, [...path, key], aside)]));
  if (path.length > 1 && sizeOf(light, MAX_FIELD_CHARS + 1) > MAX_FIELD_CHARS) return setAside(value, path, large);
  large.push(...aside);
  return light;
}

/** Inputs, outputs and values of attributes are wholes; what lies deeper than a part of a message is, too. */
function isPayload(path: Path): boolean {
  const [, field] = path;
  if (field === "inputs" || field === "outputs") return path.length === 2;
  if (field === "attributes" || field === "resource") return path.length === 3;
  return path.length >= 6;
}

function setAside(value: unknown, path: Path, large: Large[]): null {
  const isText = typeof value === "string";
  large.push({ path, kind: isText ? "text" : "json", beginning: isText ? value.slice(0, BEGINNING_CHARS) : "" });
  return null;
}

/** About how long the JSON of a value is; counts no further than the limit. */
export function sizeOf(value: unknown, limit: number): number {
  let size = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && size < limit) {
    const each = waiting.pop();
    if (typeof each === "string") size += each.length + 2;
    else if (Array.isArray(each)) {
      size += 2 + each.length;
      for (const one of each) waiting.push(one);
    } else if (typeof each === "object" && each !== null) {
      for (const [key, one] of Object.entries(each)) {
        size += key.length + 4;
        waiting.push(one);
      }
    } else size += 6;
  }
  return size;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) at = (at as Record<string | number, unknown> | undefined)?.[step];
  return at;
}
