/** The page's side of the worker that holds what is large. */
import { ApiProblem, problemOf } from "@/api/client";
import type { Answer, Large, Path, Reply, Request, ViewerMethod } from "./documents";
import { writtenOut } from "./exactJson";
import type { Viewer } from "./viewer";

/** Stands for a value that the worker holds. A class, so that nothing that a trace says can pass for one. */
export class LargeValue {
  readonly address: string;
  readonly path: Path;
  readonly kind: Large["kind"];
  readonly beginning: string;

  constructor(address: string, large: Large) {
    this.address = address;
    this.path = large.path;
    this.kind = large.kind;
    this.beginning = large.beginning;
  }

  text(): Promise<string> {
    return ask<string>({ kind: "text", address: this.address, path: this.path });
  }
}

/** Fetch an answer without holding up the page. What is large in it are `LargeValue`s. Throws `ApiProblem`. */
export async function fetchAnswer(
  address: string,
  signal?: AbortSignal,
): Promise<{ value: unknown; isLarge: boolean }> {
  let found: Answer;
  try {
    found = await ask<Answer>({ kind: "load", address });
  } catch (error) {
    throw new ApiProblem(0, "No answer", error instanceof Error ? error.message : "");
  }
  signal?.throwIfAborted();
  if (found.status !== 200) throw problemOf(found.status, found.value);
  for (const large of found.large) putAt(found.value, large.path, new LargeValue(address, large));
  return { value: found.value, isLarge: found.large.length > 0 };
}

/** A value as text; of what the worker holds, the beginning. */
export function beginningOf(value: unknown, indent?: number): string {
  return value instanceof LargeValue ? value.beginning : writtenOut(value, indent);
}

/** A value with all that the worker holds of it, which comes as text. */
export async function wholly<V>(value: V): Promise<V>;
export async function wholly(value: unknown): Promise<unknown> {
  if (value instanceof LargeValue) return value.text();
  if (Array.isArray(value)) return Promise.all(value.map(wholly));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(async ([key, each]) => [key, await wholly(each)] as const);
  return Object.fromEntries(await Promise.all(fields));
}

/** All that is at a path of an answer, where parts of it are large. */
export function wholeOf(address: string, path: Path): LargeValue {
  return new LargeValue(address, { path, kind: "json", beginning: "" });
}

function putAt(value: unknown, path: Path, part: unknown) {
  let holder = value as Record<string | number, unknown>;
  for (const step of path.slice(0, -1)) holder = holder[step] as typeof holder;
  const last = path.at(-1);
  if (last !== undefined) holder[last] = part;
}

/** A view of a value: here, or in the worker. */
export interface Source {
  call<M extends ViewerMethod>(
    method: M,
    ...args: Parameters<Viewer[M]>
  ): ReturnType<Viewer[M]> | Promise<ReturnType<Viewer[M]>>;
}

/** A view of a value in the page. */
export function localSource(viewer: Viewer): Source {
  return {
    call: (method, ...args) => (viewer[method] as (...args: unknown[]) => never).apply(viewer, args),
  };
}

/** A view of a value that the worker holds, and what ends it. */
export function remoteSource(value: LargeValue, form: "json" | "text"): { source: Source; close: () => void } {
  const viewer = ++lastViewer;
  const opened = ask({ kind: "view", viewer, address: value.address, path: value.path, form });
  opened.catch(() => {}); // each call tells of it
  return {
    source: {
      call: (async (method: ViewerMethod, ...args: Parameters<Viewer[ViewerMethod]>) => {
        await opened;
        return ask({ kind: "call", viewer, method, args });
      }) as Source["call"],
    },
    close: () => void opened.then(() => ask({ kind: "close", viewer })).catch(() => {}),
  };
}

let lastViewer = 0;
let lastRequest = 0;
let worker: Worker | null = null;
const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();

/** Start the worker before it is needed: its code has to be fetched first. */
export function prepareWorker(): void {
  worker ??= startWorker();
}

function ask<T>(request: Request): Promise<T> {
  worker ??= startWorker();
  const id = ++lastRequest;
  return new Promise<T>((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker?.postMessage({ id, request });
  });
}

function startWorker(): Worker {
  const started = new Worker(new URL("./documents.worker.ts", import.meta.url), { type: "module" });
  started.addEventListener("message", (event: MessageEvent<Reply>) => {
    const reply = event.data;
    const asker = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("problem" in reply) asker?.reject(new Error(reply.problem));
    else asker?.resolve(reply.value as never);
  });
  started.addEventListener("error", (event) => {
    worker = null;
    for (const asker of waiting.values()) asker.reject(new Error(event.message || "the worker has failed"));
    waiting.clear();
  });
  return started;
}
