import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { TraceLoading } from "./structure/loading";
import { useRefresh } from "./useTrace";

test("a refresh reads spans, and what else is shown of the trace", () => {
  const client = new QueryClient();
  client.setQueryData(["trace", "t", "transcript"], "old");
  client.setQueryData(["trace", "other", "transcript"], "old");
  const asked: number[] = [];
  const loading = new TraceLoading("t", (_, offset) => {
    asked.push(offset);
    return new Promise(() => {});
  });
  const wrapper = ({ children }: { children: React.ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  );
  renderHook(() => useRefresh(loading), { wrapper }).result.current();

  expect(asked).toEqual([0]);
  expect(client.getQueryState(["trace", "t", "transcript"])?.isInvalidated).toBe(true);
  expect(client.getQueryState(["trace", "other", "transcript"])?.isInvalidated).toBe(false);
});
