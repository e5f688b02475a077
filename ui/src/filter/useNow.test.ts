import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { advanceNow, useSteadyNow } from "./useNow";

afterEach(() => vi.useRealTimers());

it("stands still until somebody reads again, and is the same for all", () => {
  vi.useFakeTimers({ now: 100_001 });
  const first = renderHook(() => useSteadyNow());
  expect(first.result.current).toBe(110_000);
  vi.setSystemTime(500_000);
  const second = renderHook(() => useSteadyNow());
  expect(second.result.current).toBe(110_000);
  act(() => advanceNow());
  expect([first.result.current, second.result.current]).toEqual([500_000, 500_000]);
});
