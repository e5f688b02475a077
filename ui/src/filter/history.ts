/** The filters that were applied last, in this browser. */
import { keep, kept } from "@/settings/kept";

const KEY = "trilha.filters";
const MOST = 12;

export function recentFilters(): string[] {
  try {
    const found: unknown = JSON.parse(kept(KEY) ?? "[]");
    return Array.isArray(found) ? found.filter((each): each is string => typeof each === "string").slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberFilter(q: string): void {
  if (q.trim() === "") return;
  keep(KEY, JSON.stringify([q, ...recentFilters().filter((each) => each !== q)].slice(0, MOST)));
}
