import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { notify } from "@/components/Notices";
import { type Version, versionsKey } from "./queries";

/** Change a version, and read again what shows it. */
export function useVersionEdit({ version_id, experiment_id }: Version) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (edit: Partial<Schemas["VersionEdit"]>) =>
      answer(
        api.PATCH("/api/v1/versions/{version_id}", {
          params: { path: { version_id } },
          body: { tags: {}, params: {}, ...edit },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: versionsKey(experiment_id) }),
    onError: (error) => notify(error.message, true),
  });
}
