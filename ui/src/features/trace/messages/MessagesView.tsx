/** The whole conversation of a trace as one column: what was said, which tools were called and what they gave. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import { Problem, SkeletonRows } from "@/components/States";
import { useShortcut } from "@/keys/shortcuts";
import { keep, kept } from "@/settings/kept";
import { text as words } from "@/text";
import { ConversationCard } from "./ConversationCard";
import { cardOfSpan, cardsOf, guessedHeightPx } from "./cards";
import { NoConversation } from "./NoConversation";
import { transcriptQuery } from "./queries";
import { TranscriptHead } from "./TranscriptHead";

interface MessagesViewProps {
  traceId: string;
  selectedSpanId: string | null;
  onSelect: (spanId: string) => void;
  find?: string;
}

const PLAIN_KEY = "trilha.messages.plain";

export function MessagesView({ traceId, selectedSpanId, onSelect, find = "" }: MessagesViewProps) {
  const query = useInfiniteQuery(transcriptQuery(traceId));
  const [isPlain, setPlain] = useState(() => kept(PLAIN_KEY) === "1");
  const pages = query.data?.pages;
  const cards = useMemo(() => cardsOf((pages ?? []).flatMap(({ items }) => items)), [pages]);
  if (query.isPending) return <SkeletonRows rows={8} rowHeightPx={56} />;
  if (query.error !== null && pages === undefined) {
    return <Problem error={query.error} onRetry={() => void query.refetch()} />;
  }
  if (cards.length === 0) return <NoConversation />;
  const togglePlain = () => {
    keep(PLAIN_KEY, isPlain ? "0" : "1");
    setPlain(!isPlain);
  };
  const first = pages?.[0];
  return (
    <div className="flex h-full min-h-0 flex-col">
      <TranscriptHead
        items={first?.total_items ?? cards.length}
        repeated={first?.repeated ?? 0}
        isPlain={isPlain}
        onPlain={togglePlain}
      />
      <Column
        key={traceId}
        traceId={traceId}
        cards={cards}
        selectedSpanId={selectedSpanId}
        onSelect={onSelect}
        find={find}
        isPlain={isPlain}
        hasMore={query.hasNextPage}
        onMore={() => !query.isFetchingNextPage && void query.fetchNextPage()}
      />
    </div>
  );
}

interface ColumnProps {
  traceId: string;
  cards: ReturnType<typeof cardsOf>;
  selectedSpanId: string | null;
  onSelect: (spanId: string) => void;
  find: string;
  isPlain: boolean;
  hasMore: boolean;
  onMore: () => void;
}

const NEAR_END_CARDS = 20;
const GAP_PX = 8;

function Column({ traceId, cards, selectedSpanId, onSelect, find, isPlain, hasMore, onMore }: ColumnProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: cards.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => guessedHeightPx(cards[at] as (typeof cards)[number]),
    getItemKey: (at) => cards[at]?.key ?? at,
    overscan: 6,
    gap: GAP_PX,
    paddingStart: GAP_PX,
    paddingEnd: 24,
  });
  /** A card that is higher than the view is shown from its beginning. */
  const reveal = (at: number) => {
    const heightPx = virtual.measurementsCache[at]?.size ?? 0;
    virtual.scrollToIndex(at, { align: heightPx > (scroller.current?.clientHeight ?? 0) - GAP_PX ? "start" : "auto" });
  };
  const [active, setActive] = useActive(cards, selectedSpanId, reveal);
  const choose = (at: number) => {
    setActive(at);
    const { item } = cards[at] ?? {};
    const spanId = item?.span_id ?? (item?.kind === "tool" ? item.asked_by : null);
    if (spanId) onSelect(spanId);
  };
  const step = (by: number) => {
    const next = Math.max(0, Math.min((active ?? -1) + by, cards.length - 1));
    choose(next);
    reveal(next);
  };
  useShortcut("nextSpan", () => step(1));
  useShortcut("previousSpan", () => step(active === null ? 1 : -1));
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of what is read decides
  useEffect(() => {
    if (hasMore && last >= cards.length - NEAR_END_CARDS) onMore();
  }, [hasMore, last, cards.length]);
  return (
    <section
      ref={scroller}
      aria-label={words.messages.conversation}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="min-h-0 flex-1 overflow-y-auto px-3"
    >
      <ol className="relative" style={{ height: virtual.getTotalSize() }}>
        {shown.map(({ index, start, key }) => {
          const card = cards[index];
          if (card === undefined) return null;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute inset-x-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              <ConversationCard
                traceId={traceId}
                card={card}
                isActive={index === active}
                isPlain={isPlain}
                find={find}
                onChoose={() => choose(index)}
              />
            </li>
          );
        })}
      </ol>
    </section>
  );
}

/** The marked card: the one that was chosen here, else that of the span that was chosen elsewhere, which is scrolled to. */
function useActive(cards: ColumnProps["cards"], selectedSpanId: string | null, scroll: (at: number) => void) {
  const [active, setActive] = useState<number | null>(null);
  const at = selectedSpanId === null ? -1 : cardOfSpan(cards, selectedSpanId);
  const isOwn = active !== null && isOf(cards[active], selectedSpanId);
  const shown = isOwn ? active : at === -1 ? null : at;
  const goal = isOwn || at === -1 ? null : at;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is scrolled to when it is chosen, not with each drawing
  useEffect(() => {
    if (goal !== null) scroll(goal);
  }, [goal]);
  return [shown, setActive] as const;
}

function isOf(card: ColumnProps["cards"][number] | undefined, spanId: string | null): boolean {
  if (card === undefined || spanId === null) return false;
  const { item } = card;
  return item.span_id === spanId || (item.kind === "tool" && item.asked_by === spanId);
}
