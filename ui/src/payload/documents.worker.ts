/** The worker that holds what is large, so that the page never waits for it. */
import { Documents, type Reply, type Request } from "./documents";

const documents = new Documents(async (address) => {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  return { status: response.status, text: await response.text() };
});

addEventListener("message", async (event: MessageEvent<{ id: number; request: Request }>) => {
  const { id, request } = event.data;
  try {
    postMessage({ id, value: await documents.answer(request) } satisfies Reply);
  } catch (error) {
    postMessage({ id, problem: error instanceof Error ? error.message : String(error) } satisfies Reply);
  }
});
