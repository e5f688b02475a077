/** The filters that were applied last, in this browser. */
import { keep, keptList } from "@/settings/kept";

const KEY = "trilha.filters";
const MOST = 12;

export function recentFilters(): string[] {
  return keptList(KEY).slice(0, MOST);
}

export function rememberFilter(q: string): void {
  if (q.trim() === "") return;
  keep(KEY, JSON.stringify([q, ...recentFilters().filter((each) => each !== q)].slice(0, MOST)));
}
