/** What the server left out of a card, from the span that has all of it. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { notify } from "@/components/Notices";
import { text as words } from "@/text";
import { type Span, spanQuery } from "../inspector/queries";
import type { Card } from "./cards";
import { wholeCard } from "./wholeCard";

export function useWhole(traceId: string, card: Card) {
  const client = useQueryClient();
  const [loaded, setLoaded] = useState<{ card: Card; whole: Card } | null>(null);
  const [isLoading, setLoading] = useState(false);
  const load = async () => {
    setLoading(true);
    try {
      const whole = wholeCard(card, await spansOf(card));
      if (whole === null) notify(words.messages.notWhole, true);
      else setLoaded({ card, whole });
    } catch (error) {
      notify(error instanceof Error ? error.message : String(error), true);
    } finally {
      setLoading(false);
    }
  };
  const spansOf = async ({ item }: Card): Promise<Span[]> => {
    const ids = [item.span_id, item.kind === "tool" ? item.asked_by : null].filter((id) => id !== null);
    const found = await Promise.all(ids.map((id) => client.fetchQuery(spanQuery(traceId, id))));
    return found.flatMap((one) => (one === null ? [] : [one.span]));
  };
  return { whole: loaded?.card === card ? loaded.whole : null, load, isLoading };
}
