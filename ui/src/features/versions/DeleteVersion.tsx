import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { notify } from "@/components/Notices";
import { text } from "@/text";
import { type Version, versionsKey } from "./queries";

/** Put a version away, after a question. */
export function DeleteVersion({ version }: { version: Version }) {
  const [isAsking, setAsking] = useState(false);
  const navigate = useNavigate();
  const client = useQueryClient();
  const { version_id, experiment_id: experimentId, name } = version;
  const deletion = useMutation({
    mutationFn: () => answer(api.DELETE("/api/v1/versions/{version_id}", { params: { path: { version_id } } })),
    onSuccess: async () => {
      notify(text.versions.deleted(name));
      await navigate({ to: "/experiments/$experimentId/versions", params: { experimentId } });
      await client.invalidateQueries({ queryKey: versionsKey(experimentId) });
    },
    onError: (error) => notify(error.message, true),
  });
  return (
    <>
      <Button look="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setAsking(true)}>
        {text.versions.delete}
      </Button>
      {isAsking && (
        <Dialog
          title={text.versions.deleteTitle(name)}
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>{text.app.cancel}</Button>
              <Button look="danger" disabled={deletion.isPending} onClick={() => deletion.mutate()}>
                {text.versions.delete}
              </Button>
            </>
          }
        >
          {text.versions.deleteWarning}
        </Dialog>
      )}
    </>
  );
}
