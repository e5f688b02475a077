/** Calls of the server's native API, typed by its own description. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: "" });

/** Why a call failed, in the server's words. */
export class ApiProblem extends Error {
  readonly status: number;
  /** Offset of the first wrong character of a filter; null where the problem is something else. */
  readonly position: number | null;

  constructor(status: number, title: string, detail: string, position: number | null = null) {
    super(detail || title);
    this.name = "ApiProblem";
    this.status = status;
    this.position = position;
  }

  /** Whether the same call may work in a moment. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** What is wrong with a filter, where that is why a call failed; else null. */
export function filterProblemOf(error: unknown): ApiProblem | null {
  return error instanceof ApiProblem && error.position !== null ? error : null;
}

interface Outcome<D> {
  data?: D;
  error?: unknown;
  response: Response;
}

/** Give the answer of a call; throws `ApiProblem`. A call that reached no server has status 0. */
export async function answer<D>(call: Promise<Outcome<D>>): Promise<Exclude<D, undefined>> {
  let outcome: Outcome<D>;
  try {
    outcome = await call;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem(0, "No answer", error instanceof Error ? error.message : "");
  }
  if (!outcome.response.ok) throw problemOf(outcome.response.status, outcome.error);
  return outcome.data as Exclude<D, undefined>;
}

/** Read a problem document (RFC 9457), whatever was sent instead of one. */
export function problemOf(status: number, body: unknown): ApiProblem {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
  const title = typeof fields.title === "string" ? fields.title : `HTTP ${status}`;
  const detail = typeof fields.detail === "string" ? fields.detail : typeof body === "string" ? body : "";
  return new ApiProblem(status, title, detail, typeof fields.position === "number" ? fields.position : null);
}
