import { useNavigate, useSearch } from "@tanstack/react-router";
import type { TraceView } from "@/address/view";

/** The part of the inspector that the address names, and the way to another. */
export function usePart(): [string | undefined, (part: string) => void] {
  const search: TraceView = useSearch({ strict: false });
  const navigate = useNavigate();
  return [
    search.part,
    (part) => void navigate({ to: ".", search: (old: TraceView) => ({ ...old, part }), replace: true }),
  ];
}
