/** The worker for tests: it runs in the page, and its server is a function. */
import { vi } from "vitest";
import { Documents, type Reply, type Request } from "./documents";

/** Once for a file of tests: the page keeps its worker. */
export function stubWorker(served: (address: string) => unknown): void {
  const documents = new Documents(async (address) => ({ status: 200, text: JSON.stringify(served(address)) }));
  vi.stubGlobal(
    "Worker",
    class extends EventTarget {
      async postMessage({ id, request }: { id: number; request: Request }) {
        const data: Reply = { id, value: structuredClone(await documents.answer(request)) };
        this.dispatchEvent(new MessageEvent("message", { data }));
      }
    },
  );
}
