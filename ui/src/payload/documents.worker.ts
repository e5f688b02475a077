/** The worker that holds what is large, so that the page never waits for it. */
import { Documents, type Path, type ViewerMethod } from "./documents";
import type { Viewer } from "./viewer";

export type Request =
  | { kind: "load"; address: string }
  | { kind: "view"; viewer: number; address: string; path: Path; form: "json" | "text" }
  | { kind: "call"; viewer: number; method: ViewerMethod; args: Parameters<Viewer[ViewerMethod]> }
  | { kind: "close"; viewer: number }
  | { kind: "text"; address: string; path: Path };

export type Reply = { id: number; value: unknown } | { id: number; problem: string };

const documents = new Documents(async (address) => {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  return { status: response.status, text: await response.text() };
});

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case "load":
      return documents.load(request.address);
    case "view":
      return documents.view(request.viewer, request.address, request.path, request.form);
    case "call":
      return documents.call(request.viewer, request.method, request.args);
    case "close":
      return documents.close(request.viewer);
    case "text":
      return documents.text(request.address, request.path);
  }
}

addEventListener("message", async (event: MessageEvent<{ id: number; request: Request }>) => {
  const { id, request } = event.data;
  try {
    postMessage({ id, value: await answer(request) } satisfies Reply);
  } catch (error) {
    postMessage({ id, problem: error instanceof Error ? error.message : String(error) } satisfies Reply);
  }
});
