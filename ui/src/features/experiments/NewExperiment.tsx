import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answer, api } from "@/api/client";
import { experimentsQuery } from "@/api/experiments";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Problem } from "@/components/States";
import { text } from "@/text";

const words = text.experiments;

/** Asks for a name and makes an experiment of it. */
export function NewExperiment({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const queries = useQueryClient();
  const navigate = useNavigate();
  const make = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/experiments", { body: { name: name.trim(), tags: {} } })),
    onSuccess: async ({ experiment_id }) => {
      await queries.invalidateQueries({ queryKey: experimentsQuery.queryKey });
      await navigate({ to: "/experiments/$experimentId/traces", params: { experimentId: experiment_id } });
    },
  });
  return (
    <Dialog title={words.create} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
        className="flex flex-col gap-3"
      >
        <label className="flex flex-col gap-1">
          {words.name}
          <input
            required
            maxLength={500}
            placeholder={words.nameHint}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className="h-8 rounded border border-line px-2"
          />
        </label>
        {make.error && <Problem error={make.error} />}
        <Button type="submit" look="primary" disabled={make.isPending || name.trim() === ""} className="self-end">
          {words.make}
        </Button>
      </form>
    </Dialog>
  );
}
