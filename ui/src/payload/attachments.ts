/** References of spans to files that the server keeps beside their trace. */
import { LargeValue } from "./largeValue";

export interface Attachment {
  readonly contentType: string;
  /** Null where the reference does not tell. */
  readonly sizeBytes: number | null;
  /** Where the server gives it. */
  readonly address: string;
}

const SCHEME = "mlflow-attachment://";
const REFERENCE = /mlflow-attachment:\/\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\?([\w.~%&=+*-]+)/g;
const TRACE_ID = /^tr-[0-9a-f]{32}$/;
/** A value holds fewer, or not all of them are shown above it. */
const MAX_FILES = 50;
const MAX_VISITED = 20_000;

/** Find what a text refers to; null where that is no attachment. */
export function attachmentOf(text: string): Attachment | null {
  return referencesIn(text)[0] ?? null;
}

/** Find all that a value refers to, each once. What the worker holds is not looked through. */
export function attachmentsIn(value: unknown): Attachment[] {
  const found = new Map<string, Attachment>();
  const left: unknown[] = [value];
  for (let visited = 0; left.length > 0 && visited < MAX_VISITED && found.size < MAX_FILES; visited++) {
    const each = left.pop();
    if (typeof each === "string") for (const one of referencesIn(each)) found.set(one.address, one);
    else if (typeof each === "object" && each !== null && !(each instanceof LargeValue))
      left.push(...Object.values(each).slice(0, MAX_VISITED).reverse());
  }
  return [...found.values()];
}

function referencesIn(text: string): Attachment[] {
  if (!text.includes(SCHEME)) return [];
  const found = [...text.matchAll(REFERENCE)].slice(0, MAX_FILES);
  return found.map(([, id = "", query = ""]) => told(id, new URLSearchParams(query))).filter((one) => one !== null);
}

function told(id: string, query: URLSearchParams): Attachment | null {
  const traceId = query.get("trace_id") ?? "";
  if (!TRACE_ID.test(traceId)) return null;
  const contentType = query.get("content_type") ?? "application/octet-stream";
  const size = query.get("size") ?? "";
  return {
    contentType,
    sizeBytes: /^\d{1,15}$/.test(size) ? Number(size) : null,
    address: `/api/v1/traces/${traceId}/attachments/${id}?${new URLSearchParams({ content_type: contentType })}`,
  };
}
