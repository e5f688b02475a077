import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { neighboursQuery } from "@/filter/neighbours";
import { useShortcut } from "@/keys/shortcuts";
import { useScene } from "../scene";

/** The traces beside this one in the list that it was opened from, and the way to them. */
export function useNeighbours() {
  const { experimentId, trace, view } = useScene();
  const client = useQueryClient();
  const { q, t, sort } = view;
  const { data } = useQuery(neighboursQuery(client, experimentId, { q, t, sort }, trace));
  const navigate = useNavigate({ from: "/experiments/$experimentId/traces/$traceId" });
  // The view stays, but for what is of one trace only.
  const way = (traceId: string | undefined) => () => {
    if (traceId === undefined) return;
    void navigate({
      params: (old) => ({ ...old, traceId }),
      search: (old) => ({ ...old, span: undefined, zoom: undefined, types: undefined, errors: undefined }),
    });
  };
  const [goPrevious, goNext] = [way(data?.previous?.trace_id), way(data?.next?.trace_id)];
  useShortcut("previousTrace", data?.previous ? goPrevious : null);
  useShortcut("nextTrace", data?.next ? goNext : null);
  return { previous: data?.previous, next: data?.next, goPrevious, goNext };
}
