/** What stands between the strip and the list: how many, what is new, and how the list is shown. */
import { useQuery } from "@tanstack/react-query";
import { ArrowUp, Group, Radio, RefreshCw } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { ListView } from "@/address/view";
import { Button, IconButton } from "@/components/Button";
import { Menu } from "@/components/Menu";
import { fieldsQuery } from "@/filter/queries";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import { known } from "@/text/known";
import { GROUP_FIELDS, parseGroup } from "./groups";
import type { LiveState } from "./useLive";
import { labelKey } from "./values";

const SIZE = 14;

interface ListBarProps {
  experimentId: string;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
  /** How many traces match; null until it is known. */
  total: number | null;
  /** Null while nothing is known. */
  loaded: number | null;
  hasMore: boolean;
  waiting: { count: number; isMore: boolean };
  onWaiting: () => void;
  onRefresh: () => void;
  /** Null where the list cannot be followed. */
  live: LiveState | null;
  children?: ReactNode;
}

export function ListBar(props: ListBarProps) {
  const { view, onView, total, loaded, hasMore, waiting, live } = props;
  const toggleLive = () => onView({ live: view.live === "1" ? undefined : "1" });
  useShortcut("live", live === null ? null : toggleLive);
  useShortcut("refresh", props.onRefresh);
  return (
    <div className="flex h-9 shrink-0 items-center gap-1.5 px-4">
      {loaded !== null && (
        <span className="text-muted">
          {total === null && hasMore
            ? text.traces.loaded(loaded)
            : text.traces.about(hasMore ? Math.max(total ?? 0, loaded) : loaded)}
        </span>
      )}
      {waiting.count > 0 && (
        <button
          type="button"
          onClick={props.onWaiting}
          title={text.traces.showFresh}
          className="ml-2 inline-flex h-6 items-center gap-1 rounded-full bg-accent px-2.5 text-on-accent text-sm hover:bg-accent-strong"
        >
          <ArrowUp size={12} aria-hidden />
          {text.traces.fresh(waiting.count, waiting.isMore)}
        </button>
      )}
      <div className="flex-1" />
      {live !== null && <LiveButton isOn={view.live === "1"} state={live} onToggle={toggleLive} />}
      <IconButton label={text.traces.refresh} onClick={props.onRefresh}>
        <RefreshCw size={SIZE} />
      </IconButton>
      <GroupMenu {...props} />
      {props.children}
    </div>
  );
}

function LiveButton({ isOn, state, onToggle }: { isOn: boolean; state: LiveState; onToggle: () => void }) {
  const words = isOn && state !== "off" ? text.traces.liveStates[state] : text.traces.live;
  const colour = !isOn ? "text-faint" : state === "connected" ? "text-success" : "text-warning";
  return (
    <Button look="quiet" pressed={isOn} onClick={onToggle} icon={<Radio size={SIZE} className={colour} aria-hidden />}>
      <span aria-live="polite">{words}</span>
    </Button>
  );
}

function GroupMenu({ experimentId, view, onView }: ListBarProps) {
  const [isAsked, setAsked] = useState(false);
  const { data } = useQuery({ ...fieldsQuery(experimentId), enabled: isAsked });
  const group = parseGroup(view.group);
  const keys = (data?.fields ?? []).map((one) => one.field).filter((field) => labelKey(field) !== null);
  const choose = (next: string | undefined) => onView({ group: next, sort: undefined });
  const items = [
    { key: "", label: text.traces.notGrouped, disabled: group === null, onChoose: () => choose(undefined) },
    ...GROUP_FIELDS.map((one) => ({ key: one, label: text.traces.groupFields[one], onChoose: () => choose(one) })),
    ...keys.map((one) => ({ key: one, label: one, onChoose: () => choose(one) })),
  ];
  return (
    <Menu
      label={text.traces.groupBy}
      align="end"
      items={items}
      trigger={(properties) => (
        <Button
          look="quiet"
          pressed={group !== null}
          icon={<Group size={SIZE} aria-hidden />}
          onPointerEnter={() => setAsked(true)}
          onFocus={() => setAsked(true)}
          {...properties}
        >
          {group === null ? text.traces.groupBy : text.traces.groupedBy(groupName(group))}
        </Button>
      )}
    />
  );
}

const groupName = (group: string) => known(text.traces.groupFields, group) ?? group;
