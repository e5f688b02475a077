import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  RouterProvider,
} from "@tanstack/react-router";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { ingestionView, parseAddress, writeAddress } from "@/address/view";
import { experimentsQuery } from "@/api/experiments";
import { ingestionQuery } from "@/api/ingestion";
import type { Count } from "./counts";
import { IngestionPage } from "./IngestionPage";

const count = (experiment_id: string, spans: number): Count => ({
  experiment_id,
  client: `app/${experiment_id}`,
  protocol: "otlp-http",
  outcome: "kept",
  reason: "",
  requests: 1,
  traces: 1,
  spans,
  body_bytes: 100,
  last_time_ms: 10,
});

async function shown(client: QueryClient, address: string) {
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({
    getParentRoute: () => root,
    path: "/ingestion",
    validateSearch: ingestionView,
    component: IngestionPage,
  });
  const router = createRouter({
    routeTree: root.addChildren([page]),
    history: createMemoryHistory({ initialEntries: [address] }),
    parseSearch: parseAddress,
    stringifySearch: writeAddress,
  });
  await router.load();
  render(
    <QueryClientProvider client={client}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  );
}

it("spans are new since the page was opened, whichever experiment is chosen then", async () => {
  const client = new QueryClient({ defaultOptions: { queries: { refetchOnMount: false } } });
  client.setQueryData(experimentsQuery.queryKey, []);
  client.setQueryData(ingestionQuery.queryKey, { counts: [count("1", 5), count("2", 7)] } as never);
  await shown(client, "/ingestion?experiment=1");

  fireEvent.change(await screen.findByLabelText("Experiment"), { target: { value: "" } });
  await screen.findByText("app/2");
  expect(screen.queryByText("+7")).toBeNull();

  act(() => client.setQueryData(ingestionQuery.queryKey, { counts: [count("1", 5), count("2", 9)] } as never));
  await screen.findByText("+2");
});
