/** Asks before many traces are changed, then shows how far it is. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/Button";
import { Dialog } from "@/components/Dialog";
import { notify } from "@/components/Notices";
import { Problem } from "@/components/States";
import { text } from "@/text";
import { type Change, changeTraces, forEachPart, matchingIds } from "./bulk";
import { changeLoaded } from "./loaded";

export interface BulkTarget {
  experimentId: string;
  /** The selected traces; null for all that the filter finds. */
  ids: ReadonlySet<string> | null;
  filter: () => string;
  /** How many there are; null where it is not known. */
  total: number | null;
}

interface BulkDialogProps extends BulkTarget {
  kind: "tag" | "delete";
  onClose: () => void;
  onDone?: () => void;
}

export default function BulkDialog(props: BulkDialogProps) {
  const { ids, total, kind, onClose } = props;
  const size = ids?.size ?? total;
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const bulk = useBulk(props);
  const isRunning = bulk.done !== null;
  const tag = (next: string | null) => void bulk.run({ kind: "tag", key: key.trim(), value: next });
  const buttons = isRunning ? (
    <Button onClick={bulk.cancel}>{text.app.cancel}</Button>
  ) : kind === "delete" ? (
    <>
      <Button onClick={onClose}>{text.app.cancel}</Button>
      <Button look="danger" onClick={() => void bulk.run({ kind: "delete" })}>
        {text.traces.delete}
      </Button>
    </>
  ) : (
    <>
      <Button look="danger" disabled={key.trim() === ""} onClick={() => tag(null)}>
        {text.traces.tagDelete}
      </Button>
      <Button type="submit" form="tags" look="primary" disabled={key.trim() === ""}>
        {text.traces.tagSet}
      </Button>
    </>
  );
  return (
    <Dialog
      title={kind === "tag" ? text.traces.tagTitle(size) : text.traces.deleteTitle(size)}
      onClose={() => {
        bulk.cancel();
        onClose();
      }}
      actions={buttons}
    >
      {isRunning ? (
        <div className="flex flex-col gap-2">
          <progress className="w-full" value={size === null ? undefined : (bulk.done ?? 0)} max={size ?? undefined} />
          <p role="status">{text.traces.progress(bulk.done ?? 0, size)}</p>
        </div>
      ) : kind === "delete" ? (
        <p>{text.traces.deleteHint}</p>
      ) : (
        <form
          id="tags"
          className="grid grid-cols-[auto_1fr] items-center gap-2"
          onSubmit={(event) => {
            event.preventDefault();
            if (key.trim() !== "") tag(value);
          }}
        >
          <TextField label={text.traces.tagKey} value={key} onChange={setKey} />
          <TextField label={text.traces.tagValue} value={value} onChange={setValue} />
        </form>
      )}
      {bulk.problem !== null && <Problem error={bulk.problem} />}
    </Dialog>
  );
}

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

function TextField({ label, value, onChange }: TextFieldProps) {
  return (
    <label className="contents">
      <span className="text-muted">{label}</span>
      <input
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="h-7 rounded border border-line px-2"
      />
    </label>
  );
}

function useBulk({ experimentId, ids, filter, onClose, onDone }: BulkDialogProps) {
  const client = useQueryClient();
  const [done, setDone] = useState<number | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const run = async (change: Change) => {
    const ended = new AbortController();
    running.current = ended;
    setDone(0);
    setProblem(null);
    try {
      const pages = ids === null ? matchingIds(experimentId, filter(), ended.signal) : [[...ids]];
      const outcome = await forEachPart(
        pages,
        (part) => changeTraces(part, change, ended.signal),
        setDone,
        ended.signal,
      );
      changeLoaded(client, experimentId, new Set(outcome.changed), change);
      if (outcome.changed.length > 0) notify(text.traces.bulkDone(outcome.changed.length));
      if (outcome.failed > 0) notify(text.traces.bulkFailed(outcome.failed, outcome.why), true);
      if (!ended.signal.aborted) {
        onDone?.();
        onClose();
      }
    } catch (error) {
      if (!ended.signal.aborted) setProblem(error);
    }
    setDone(null);
  };
  return { run, done, problem, cancel: () => running.current?.abort() };
}
