import { useMutation } from "@tanstack/react-query";
import { Plus, Tags, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { Problem } from "@/components/States";
import { text } from "@/text";
import { editTags } from "../queries";
import { useScene } from "../scene";
import { changesOf, type TagRow } from "./tags";

export function TagEditor() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton label={text.trace.editTags} className="!size-5" onClick={() => setOpen(true)}>
        <Tags size={13} />
      </IconButton>
      {isOpen && <TagDialog onClose={() => setOpen(false)} />}
    </>
  );
}

const FIELD = "h-7 min-w-0 rounded border border-line px-2";
let lastRow = 0;
const rowOf = (key: string, value: string, isNew = false): TagRow => ({ id: ++lastRow, key, value, isNew });

function TagDialog({ onClose }: { onClose: () => void }) {
  const { trace, loading } = useScene();
  const [rows, setRows] = useState(() => Object.entries(trace.tags).map(([key, value]) => rowOf(key, value)));
  const { changes, problem } = changesOf(trace.tags, rows);
  const save = useMutation({
    mutationFn: () => editTags(trace.trace_id, changes),
    onSuccess: (edited) => {
      loading.setTrace(edited);
      onClose();
    },
  });
  const put = (id: number, change: Partial<TagRow>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...change } : row)));
  return (
    <Dialog
      title={text.trace.editTags}
      onClose={onClose}
      className="w-[560px]"
      actions={
        <>
          <Button onClick={onClose}>{text.app.cancel}</Button>
          <Button
            look="primary"
            disabled={Object.keys(changes).length === 0 || problem !== null || save.isPending}
            onClick={() => save.mutate()}
          >
            {text.trace.save}
          </Button>
        </>
      }
    >
      <form
        className="flex flex-col gap-1.5"
        onSubmit={(event) => {
          event.preventDefault();
          if (problem === null) save.mutate();
        }}
      >
        {rows.map((row) => (
          <div key={row.id} className="flex gap-1.5">
            <input
              aria-label={text.trace.tagKey}
              placeholder={text.trace.tagKey}
              autoFocus={row.isNew}
              readOnly={!row.isNew}
              value={row.key}
              onChange={(event) => put(row.id, { key: event.target.value })}
              className={`${FIELD} w-48 read-only:bg-bg-sunken`}
            />
            <input
              aria-label={text.trace.tagValueOf(row.key)}
              placeholder={text.trace.tagValue}
              value={row.value}
              onChange={(event) => put(row.id, { value: event.target.value })}
              className={`${FIELD} flex-1`}
            />
            <IconButton
              label={text.trace.removeTag(row.key)}
              onClick={() => setRows(rows.filter((other) => other.id !== row.id))}
            >
              <Trash2 size={14} />
            </IconButton>
          </div>
        ))}
        <button type="submit" hidden />
        <Button
          look="quiet"
          className="self-start"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => setRows([...rows, rowOf("", "", true)])}
        >
          {text.trace.addTag}
        </Button>
      </form>
      {problem !== null && <p className="mt-2 text-error">{text.trace.tagProblems[problem]}</p>}
      {save.error && <Problem error={save.error} />}
    </Dialog>
  );
}
