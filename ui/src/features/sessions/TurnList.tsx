import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { text } from "@/text";
import type { Session } from "./queries";
import { TurnCard, traceOfTurn } from "./TurnCard";
import type { Placed } from "./turns";

interface TurnListProps {
  experimentId: string;
  session: Session;
  turns: readonly Placed[];
  /** The trace of the turn that keys act on. */
  chosen: string | null;
  onChoose: (traceId: string) => void;
  hasMore: boolean;
  isLoading: boolean;
  onMore: () => void;
}

const AHEAD_TURNS = 30;
const USUAL_HEIGHT_PX = 132;

/** Turns one below the other; only those in sight are drawn. */
export function TurnList(props: TurnListProps) {
  const { experimentId, session, turns, chosen, onChoose, hasMore, isLoading, onMore } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: turns.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => USUAL_HEIGHT_PX,
    getItemKey: (index) => turns[index]?.turn.trace_id ?? index,
    overscan: 6,
    useFlushSync: false,
  });
  const items = virtual.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && !isLoading && lastIndex + AHEAD_TURNS >= turns.length) onMore();
  }, [hasMore, isLoading, lastIndex, turns.length, onMore]);

  const chosenIndex = turns.findIndex(({ turn }) => turn.trace_id === chosen);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (chosen === null || chosenIndex < 0 || shown.current === chosen) return;
    shown.current = chosen;
    virtual.scrollToIndex(chosenIndex, { align: "auto" });
  }, [chosen, chosenIndex, virtual]);
  useTurnKeys({ ...props, chosenIndex });

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto">
      <div
        role="feed"
        aria-label={text.sessions.turns}
        aria-busy={isLoading}
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map((item) => {
          const one = turns[item.index];
          if (one === undefined) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <TurnCard
                experimentId={experimentId}
                session={session.session}
                placed={one}
                size={hasMore ? -1 : turns.length}
                isChosen={item.index === chosenIndex}
                onChoose={onChoose}
              />
            </div>
          );
        })}
      </div>
      {isLoading && <SkeletonRows rows={2} rowHeightPx={USUAL_HEIGHT_PX} />}
    </div>
  );
}

function useTurnKeys({ experimentId, session, turns, chosenIndex, onChoose }: TurnListProps & { chosenIndex: number }) {
  const navigate = useNavigate();
  const step = (by: number) => {
    const next = turns[chosenIndex < 0 ? 0 : Math.max(0, Math.min(turns.length - 1, chosenIndex + by))];
    if (next) onChoose(next.turn.trace_id);
  };
  const isOn = turns.length > 0;
  useShortcut("nextRow", isOn ? () => step(1) : null);
  useShortcut("previousRow", isOn ? () => step(-1) : null);
  const chosen = turns[chosenIndex];
  useShortcut(
    "openRow",
    chosen ? () => void navigate(traceOfTurn(experimentId, session.session, chosen.turn.trace_id)) : null,
  );
}
