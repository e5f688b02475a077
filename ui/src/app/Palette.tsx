/** The palette: pages, experiments, actions, and whatever a pasted id may name. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Command } from "cmdk";
import { type ReactNode, useState } from "react";
import { carried } from "@/address/view";
import { experimentsQuery } from "@/api/experiments";
import { Keys } from "@/components/Keys";
import { useModal } from "@/components/useModal";
import { containsText } from "@/filter/terms";
import { SHORTCUTS, type ShortcutId } from "@/keys/shortcuts";
import { toggleTheme } from "@/settings/theme";
import { text } from "@/text";
import { PAGES } from "./pages";

const words = text.palette;
const ITEM = "flex h-8 items-center gap-2 rounded px-2 aria-selected:bg-bg-selected";
const GROUP =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-faint [&_[cmdk-group-heading]]:text-xs";

interface PaletteProps {
  onClose: () => void;
  onKeys: () => void;
}

export default function Palette({ onClose, onKeys }: PaletteProps) {
  const dialog = useModal();
  const [sought, setSought] = useState("");
  const close = () => dialog.current?.close();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the platform closes it on Escape
    <dialog
      ref={dialog}
      aria-label={text.app.openPalette}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && close()}
      className="mx-auto mt-[12vh] w-[560px] max-w-[92vw] rounded-lg border border-line-strong bg-bg-raised p-0 shadow-raised"
    >
      <Command label={text.app.openPalette} loop>
        <Command.Input
          value={sought}
          onValueChange={setSought}
          placeholder={words.placeholder}
          className="h-11 w-full border-line border-b bg-transparent px-4 outline-none"
        />
        <Command.List className="max-h-[52vh] overflow-auto p-1.5">
          <Command.Empty className="p-4 text-muted">{words.empty}</Command.Empty>
          <Named sought={sought.trim()} close={close} />
          <Pages close={close} />
          <Experiments close={close} />
          <Command.Group heading={words.actions} className={GROUP}>
            <Action
              id="theme"
              onChoose={() => {
                close();
                toggleTheme();
              }}
            />
            <Action
              id="help"
              onChoose={() => {
                close();
                onKeys();
              }}
            />
          </Command.Group>
        </Command.List>
      </Command>
    </dialog>
  );
}

function Action({ id, onChoose }: { id: ShortcutId; onChoose: () => void }) {
  return (
    <Item onChoose={onChoose} shortcut={id}>
      {text.shortcuts.names[id]}
    </Item>
  );
}

interface ItemProps {
  onChoose: () => void;
  /** What is sought in, where the words are not text alone. */
  value?: string;
  keepAlways?: boolean;
  /** Whose keys stand beside it. */
  shortcut?: ShortcutId;
  children: ReactNode;
}

function Item({ onChoose, value, keepAlways, shortcut, children }: ItemProps) {
  const keys = SHORTCUTS.find((each) => each.id === shortcut)?.keys[0];
  return (
    <Command.Item value={value} forceMount={keepAlways} onSelect={onChoose} className={ITEM}>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys && <Keys keys={keys} />}
    </Command.Item>
  );
}

/** What the text may be the id of. */
function Named({ sought, close }: { sought: string; close: () => void }) {
  const navigate = useNavigate();
  const { experimentId } = useParams({ strict: false });
  const traceId = /^(?:tr-)?([0-9a-f]{32})$/i.exec(sought)?.[1]?.toLowerCase();
  if (sought === "") return null;
  const go = (action: () => unknown) => () => {
    close();
    void action();
  };
  return (
    <Command.Group heading={words.ids} forceMount className={GROUP}>
      {traceId && (
        <Item
          keepAlways
          value={`trace ${sought}`}
          onChoose={go(() => navigate({ to: "/t/$traceId", params: { traceId: `tr-${traceId}` } }))}
        >
          {words.trace(`tr-${traceId}`)}
        </Item>
      )}
      {experimentId && !traceId && (
        <>
          <Item
            keepAlways
            value={`text ${sought}`}
            onChoose={go(() =>
              navigate({
                to: "/experiments/$experimentId/traces",
                params: { experimentId },
                search: { q: containsText(sought) },
              }),
            )}
          >
            {words.text(sought)}
          </Item>
          <Item
            keepAlways
            value={`session ${sought}`}
            onChoose={go(() =>
              navigate({
                to: "/experiments/$experimentId/sessions/$session",
                params: { experimentId, session: sought },
              }),
            )}
          >
            {words.session(sought)}
          </Item>
          <Item
            keepAlways
            value={`user ${sought}`}
            onChoose={go(() =>
              navigate({ to: "/experiments/$experimentId/users/$user", params: { experimentId, user: sought } }),
            )}
          >
            {words.user(sought)}
          </Item>
        </>
      )}
    </Command.Group>
  );
}

function Pages({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const { experimentId } = useParams({ strict: false });
  const search = carried(useSearch({ strict: false }));
  const go = (action: () => unknown) => () => {
    close();
    void action();
  };
  const within = experimentId === undefined ? null : { params: { experimentId }, search };
  return (
    <Command.Group heading={words.pages} className={GROUP}>
      {within &&
        PAGES.map(({ name, to, shortcut }) => (
          <Item key={name} onChoose={go(() => navigate({ to, ...within }))} shortcut={shortcut}>
            {text.nav[name]}
          </Item>
        ))}
      <Item
        onChoose={go(() => navigate({ to: "/ingestion", search: experimentId ? { experiment: experimentId } : {} }))}
        shortcut="goIngestion"
      >
        {text.nav.ingestion}
      </Item>
      <Item onChoose={go(() => navigate({ to: "/setup", search: experimentId ? { experiment: experimentId } : {} }))}>
        {text.nav.setup}
      </Item>
      <Item onChoose={go(() => navigate({ to: "/experiments" }))} shortcut="goExperiments">
        {text.nav.experiments}
      </Item>
    </Command.Group>
  );
}

function Experiments({ close }: { close: () => void }) {
  const { data: experiments = [] } = useQuery(experimentsQuery);
  const navigate = useNavigate();
  return (
    <Command.Group heading={words.experiments} className={GROUP}>
      {experiments.map((one) => (
        <Item
          key={one.experiment_id}
          value={`${one.name} ${one.experiment_id}`}
          onChoose={() => {
            close();
            void navigate({
              to: "/experiments/$experimentId/traces",
              params: { experimentId: one.experiment_id },
            });
          }}
        >
          {one.name}
        </Item>
      ))}
    </Command.Group>
  );
}
