/** The worker for tests: it runs in the page, and its server is a function. */
import { vi } from "vitest";
import { Documents, type Reply, type Request } from "./documents";

/** Of the file of tests that runs: the page keeps its worker from one to the next. */
let documents: Documents;

class PageWorker extends EventTarget {
  async postMessage({ id, request }: { id: number; request: Request }) {
    const data: Reply = { id, value: structuredClone(await documents.answer(request)) };
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

/** Once for a file of tests. */
export function stubWorker(served: (address: string) => unknown): void {
  documents = new Documents(async (address) => ({ status: 200, text: JSON.stringify(served(address)) }));
  vi.stubGlobal("Worker", PageWorker);
}
