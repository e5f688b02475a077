import { Pencil, Plus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Button, IconButton } from "@/components/Button";
import { text } from "@/text";
import type { Version } from "./queries";
import { useVersionEdit } from "./useVersionEdit";

const INPUT = "h-7 min-w-0 rounded border border-line px-2";

/** The tags of a version, to change, add and take away. */
export function TagTable({ version }: { version: Version }) {
  const edit = useVersionEdit(version);
  /** The key of the tag that is being changed; an empty one is new. */
  const [changed, setChanged] = useState<string | null>(null);
  const keep = (key: string, value: string) =>
    edit.mutate({ tags: { [key]: value } }, { onSuccess: () => setChanged(null) });
  const cancel = () => setChanged(null);
  return (
    <div>
      <ul>
        {Object.entries(version.tags).map(([key, value]) => (
          <li key={key} className="group/tag flex min-h-8 items-center gap-3 border-line border-b">
            {changed === key ? (
              <TagForm name={key} value={value} isBusy={edit.isPending} onKeep={keep} onCancel={cancel} />
            ) : (
              <>
                <span className="w-44 shrink-0 break-words text-muted">{key}</span>
                <span className="min-w-0 flex-1 whitespace-pre-wrap break-words py-1">{value}</span>
                <IconButton label={text.versions.changeTag(key)} onClick={() => setChanged(key)}>
                  <Pencil size={13} />
                </IconButton>
                <IconButton
                  label={text.versions.deleteTag(key)}
                  disabled={edit.isPending}
                  onClick={() => edit.mutate({ tags: { [key]: null } })}
                >
                  <Trash2 size={13} />
                </IconButton>
              </>
            )}
          </li>
        ))}
      </ul>
      {changed === "" ? (
        <div className="py-1">
          <TagForm name="" value="" isBusy={edit.isPending} onKeep={keep} onCancel={cancel} />
        </div>
      ) : (
        <Button
          look="quiet"
          className="mt-1 -ml-2"
          icon={<Plus size={14} aria-hidden />}
          onClick={() => setChanged("")}
        >
          {text.versions.addTag}
        </Button>
      )}
    </div>
  );
}

interface TagFormProps {
  /** Empty for a new tag. */
  name: string;
  value: string;
  isBusy: boolean;
  onKeep: (key: string, value: string) => void;
  onCancel: () => void;
}

function TagForm({ name, value, isBusy, onKeep, onCancel }: TagFormProps) {
  const [key, setKey] = useState(name);
  const [words, setWords] = useState(value);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) onKeep(key.trim(), words);
  };
  return (
    <form
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        onCancel();
      }}
      className="flex w-full items-center gap-2"
    >
      {name ? (
        <span className="w-44 shrink-0 break-words text-muted">{name}</span>
      ) : (
        <input
          // biome-ignore lint/a11y/noAutofocus: who adds a tag goes on by naming it
          autoFocus
          aria-label={text.versions.tagKey}
          placeholder={text.versions.tagKey}
          maxLength={500}
          value={key}
          onChange={(event) => setKey(event.target.value)}
          className={`${INPUT} w-44`}
        />
      )}
      <input
        // biome-ignore lint/a11y/noAutofocus: who changes a tag goes on by typing
        autoFocus={name !== ""}
        aria-label={text.versions.tagValue}
        placeholder={text.versions.tagValue}
        value={words}
        onChange={(event) => setWords(event.target.value)}
        className={`${INPUT} flex-1`}
      />
      <Button type="submit" look="primary" disabled={isBusy || !key.trim()}>
        {text.versions.keep}
      </Button>
      <Button onClick={onCancel}>{text.app.cancel}</Button>
    </form>
  );
}
