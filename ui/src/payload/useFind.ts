import { useEffect, useState } from "react";
import type { Source } from "./largeValue";
import type { Found } from "./viewer";

const VALUES_A_STEP = 50_000;
const TYPING_MS = 150;

/** Look for a text in a view, a step at a time; gives how often it was found so far. */
export function useFind(source: Source, sought: string): Found | null {
  const [found, setFound] = useState<(Found & { source: Source; sought: string }) | null>(null);
  useEffect(() => {
    if (sought === "") return;
    let isOver = false;
    const look = async () => {
      await source.call("beginFind", sought);
      for (let step: Found | null = null; !isOver && !step?.isComplete; ) {
        step = await source.call("continueFind", VALUES_A_STEP);
        if (!isOver) setFound({ ...step, source, sought });
      }
    };
    const timer = setTimeout(() => void look().catch(() => {}), TYPING_MS); // the rows tell what failed
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [source, sought]);
  return sought !== "" && found?.source === source && found.sought === sought ? found : null;
}
