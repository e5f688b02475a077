import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Download, Ellipsis, FileText, Link2, RotateCw, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { Dialog } from "@/components/Dialog";
import { Keys } from "@/components/Keys";
import { Menu } from "@/components/Menu";
import { notify } from "@/components/Notices";
import { Problem } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { digestOf, tellingSpans } from "../digest";
import { deleteTrace, mlflowAddress, otlpAddress, readSpans } from "../queries";
import { listOf, type Scene, useScene } from "../scene";
import { useRefresh } from "../useTrace";

export function TraceActions() {
  const scene = useScene();
  const refresh = useRefresh(scene.loading);
  const [isDeleting, setDeleting] = useState(false);
  const copyLink = () => void copy(location.href);
  const copyText = () => void copyDigest(scene);
  useShortcut("copyLink", copyLink);
  useShortcut("copyText", copyText);
  useShortcut("refresh", refresh);
  const download = (address: string, dialect: string) => () => save(address, `${scene.traceId}.${dialect}.json`);
  return (
    <>
      <IconButton label={`${text.shortcuts.names.copyLink} (y)`} onClick={copyLink}>
        <Link2 size={16} />
      </IconButton>
      <IconButton label={`${text.trace.copyTextHint} (⇧Y)`} onClick={copyText}>
        <FileText size={16} />
      </IconButton>
      <Menu
        label={text.app.more}
        align="end"
        trigger={(properties) => (
          <IconButton label={text.app.more} {...properties}>
            <Ellipsis size={16} />
          </IconButton>
        )}
        items={[
          {
            key: "refresh",
            label: text.shortcuts.names.refresh,
            icon: <RotateCw size={14} />,
            hint: <Keys keys="r" />,
            onChoose: refresh,
          },
          {
            key: "otlp",
            label: text.trace.downloadAs(text.trace.dialects.otlp),
            icon: <Download size={14} />,
            onChoose: download(otlpAddress(scene.traceId), "otlp"),
          },
          {
            key: "mlflow",
            label: text.trace.downloadAs(text.trace.dialects.mlflow),
            icon: <Download size={14} />,
            onChoose: download(mlflowAddress(scene.traceId), "mlflow"),
          },
          {
            key: "delete",
            label: text.trace.delete,
            icon: <Trash2 size={14} />,
            danger: true,
            onChoose: () => setDeleting(true),
          },
        ]}
      />
      {isDeleting && <DeleteDialog onClose={() => setDeleting(false)} />}
    </>
  );
}

async function copyDigest({ traceId, trace, structure, nowNs }: Scene): Promise<void> {
  try {
    const ids = tellingSpans(structure).map((span) => structure.ids[span] as string);
    const payloads = ids.length === 0 ? [] : await readSpans(traceId, ids);
    const byId = new Map(payloads.map((payload) => [payload.span_id, payload]));
    const ordered = ids.flatMap((id) => byId.get(id) ?? []);
    await copy(digestOf(trace, structure, ordered, location.href, nowNs));
  } catch (error) {
    notify(text.trace.copyFailed(error instanceof Error ? error.message : String(error)), true);
  }
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}

function DeleteDialog({ onClose }: { onClose: () => void }) {
  const { trace, experimentId, view, loading } = useScene();
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => deleteTrace(trace.trace_id),
    onSuccess: () => {
      loading.setGone();
      void client.invalidateQueries({ queryKey: ["traces", experimentId] });
      notify(text.trace.deleted);
      void navigate({ to: "/experiments/$experimentId/traces", params: { experimentId }, search: listOf(view) });
    },
  });
  return (
    <Dialog
      title={text.trace.deleteTitle(trace.name ?? trace.trace_id)}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{text.app.cancel}</Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {text.trace.delete}
          </Button>
        </>
      }
    >
      <p>{text.trace.deleteHint(text.count.spans(trace.span_count))}</p>
      {remove.error && <Problem error={remove.error} />}
    </Dialog>
  );
}
