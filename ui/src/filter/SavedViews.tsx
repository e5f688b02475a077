import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Bookmark, ChevronDown, Pencil, Save, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { ListView } from "@/address/view";
import { experimentQuery } from "@/api/experiments";
import { Button, IconButton } from "@/components/Button";
import { Keys } from "@/components/Keys";
import { notify } from "@/components/Notices";
import { Popover } from "@/components/Popover";
import { useShortcut } from "@/keys/shortcuts";
import { text as words } from "@/text";
import { fieldsQuery } from "./queries";
import {
  builtInViews,
  deleteView,
  isReadable,
  lostFields,
  newSlug,
  type SavedView,
  savedViews,
  saveView,
  showsView,
} from "./views";

const say = words.filter.views;

/** The views of an experiment: those that somebody saved, for all, and those that are always there. */
export function SavedViews({ experimentId }: { experimentId: string }) {
  const address = useSearch({ strict: false }) as ListView;
  const { views, open, change } = useViews(experimentId);
  const current = views.find((each) => each.slug === address.view);
  const isChanged = current !== undefined && !showsView(address, current);
  useShortcut("savedView", (event) => {
    const view = views[Number(event.code.replace(/^\D+/, "")) - 1];
    if (view !== undefined) open(view);
  });
  return (
    <Popover
      label={say.title}
      align="end"
      className="w-84 p-1.5"
      trigger={(properties) => (
        <Button icon={<Bookmark size={14} className="text-faint" aria-hidden />} className="max-w-52" {...properties}>
          <span className="truncate">{current === undefined ? say.title : current.name}</span>
          {isChanged && <span className="text-faint text-sm">{say.changed}</span>}
          <ChevronDown size={13} className="shrink-0 text-faint" aria-hidden />
        </Button>
      )}
    >
      {(close) => (
        <>
          <ul>
            {views.map((view, index) => (
              <ViewRow
                key={view.slug}
                view={view}
                number={index + 1}
                isCurrent={view === current}
                canOverwrite={view === current && isChanged}
                onOpen={() => {
                  close();
                  open(view);
                }}
                onName={(name) => change(() => saveView(experimentId, view.slug, name, view.view), say.renamed)}
                onOverwrite={() => change(() => saveView(experimentId, view.slug, view.name, address), say.saved)}
                onDelete={() => change(() => deleteView(experimentId, view.slug), say.deleted)}
              />
            ))}
          </ul>
          <SaveForm
            views={views}
            onSave={(slug, name) => {
              close();
              void change(() => saveView(experimentId, slug, name, address), say.saved, slug);
            }}
          />
        </>
      )}
    </Popover>
  );
}

function useViews(experimentId: string) {
  const { data: experiment } = useQuery(experimentQuery(experimentId));
  const { data: known } = useQuery(fieldsQuery(experimentId));
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const views = [...savedViews(experiment?.tags ?? {}), ...builtInViews(known?.fields ?? [])];
  const go = (search: ListView) =>
    navigate({ to: "/experiments/$experimentId/traces", params: { experimentId }, search });
  const open = (view: SavedView) => {
    const lost = known === undefined ? [] : lostFields(view, known.fields);
    if (lost.length > 0) notify(say.lost(view.name, lost));
    if (!isReadable(view)) notify(say.unreadable(view.name), true);
    void go({ ...view.view, view: view.slug });
  };
  /** Change the views for all; a view that is named is then the one that is shown. */
  const change = async (call: () => Promise<void>, done: string, slug?: string) => {
    try {
      await call();
      await queryClient.invalidateQueries({ queryKey: ["experiment", experimentId] });
      notify(done);
      if (slug !== undefined)
        await navigate({ to: ".", search: (old: object) => ({ ...old, view: slug }), replace: true });
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), true);
    }
  };
  return { views, open, change };
}

interface ViewRowProps {
  view: SavedView;
  number: number;
  isCurrent: boolean;
  canOverwrite: boolean;
  onOpen: () => void;
  onName: (name: string) => void;
  onOverwrite: () => void;
  onDelete: () => void;
}

function ViewRow({ view, number, isCurrent, canOverwrite, onOpen, onName, onOverwrite, onDelete }: ViewRowProps) {
  const [doing, setDoing] = useState<"rename" | "delete" | null>(null);
  if (doing === "rename") {
    return (
      <li className="px-1 py-0.5">
        <NameForm
          initial={view.name}
          action={() => say.rename}
          onName={(name) => {
            setDoing(null);
            onName(name);
          }}
        />
      </li>
    );
  }
  if (doing === "delete") {
    return (
      <li className="flex items-center gap-2 px-2 py-0.5">
        <span className="min-w-0 flex-1 break-words">{say.deleteSure(view.name)}</span>
        <Button look="danger" onClick={onDelete}>
          {say.delete}
        </Button>
        <Button onClick={() => setDoing(null)}>{words.app.cancel}</Button>
      </li>
    );
  }
  return (
    <li className="group flex h-7 items-center rounded hover:bg-bg-hover">
      <button
        type="button"
        aria-current={isCurrent}
        onClick={onOpen}
        className="flex h-7 min-w-0 flex-1 items-center gap-2 rounded px-2 text-left aria-[current=true]:font-semibold"
      >
        <span className="min-w-0 flex-1 truncate">{view.name}</span>
        {view.isBuiltIn && <span className="text-faint text-sm">{say.isBuiltIn}</span>}
      </button>
      {!view.isBuiltIn && (
        <span className="flex opacity-0 focus-within:opacity-100 group-hover:opacity-100">
          {canOverwrite && (
            <IconButton label={say.overwrite(view.name)} className="size-6!" onClick={onOverwrite}>
              <Save size={13} />
            </IconButton>
          )}
          <IconButton label={say.renameOf(view.name)} className="size-6!" onClick={() => setDoing("rename")}>
            <Pencil size={13} />
          </IconButton>
          <IconButton label={say.deleteOf(view.name)} className="size-6!" onClick={() => setDoing("delete")}>
            <Trash2 size={13} />
          </IconButton>
        </span>
      )}
      <span className="w-14 pr-2 text-right">{number <= 9 && <Keys keys={`Alt+${number}`} />}</span>
    </li>
  );
}

interface SaveFormProps {
  views: readonly SavedView[];
  onSave: (slug: string, name: string) => void;
}

/** A name that a view has already overwrites it, and the button says so. */
function SaveForm({ views, onSave }: SaveFormProps) {
  const named = (name: string) => views.find((view) => !view.isBuiltIn && view.name === name);
  const taken = views.map(({ slug }) => slug);
  return (
    <div className="mt-1 border-line border-t px-1 pt-1.5">
      <NameForm
        initial=""
        action={(name) => (named(name) === undefined ? say.save : say.replace)}
        onName={(name) => onSave(named(name)?.slug ?? newSlug(name, taken), name)}
      />
    </div>
  );
}

interface NameFormProps {
  initial: string;
  action: (name: string) => string;
  onName: (name: string) => void;
}

function NameForm({ initial, action, onName }: NameFormProps) {
  const [name, setName] = useState(initial);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") onName(name.trim());
  };
  return (
    <form onSubmit={submit} className="flex gap-1.5">
      <input
        aria-label={say.name}
        placeholder={say.name}
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
        className="h-7 min-w-0 flex-1 rounded border border-line px-2"
      />
      <Button type="submit" disabled={name.trim() === ""}>
        {action(name.trim())}
      </Button>
    </form>
  );
}
