import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from "react";

export interface Viewport {
  readonly ref: RefObject<HTMLDivElement | null>;
  readonly scrollPx: number;
  readonly heightPx: number;
  readonly widthPx: number;
  /** How wide a letter is. */
  readonly letterPx: number;
  readonly scroll: (topPx: number) => void;
  readonly onScroll: () => void;
}

/** How far an element is scrolled and how large it is, and how wide its letters are. */
export function useViewport(): Viewport {
  const ref = useRef<HTMLDivElement>(null);
  const [scrollPx, setScrollPx] = useState(0);
  const [size, setSize] = useState({ heightPx: 0, widthPx: 0, letterPx: 7.3 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const letterPx = letterWidth(element);
    const measure = () => {
      const { clientHeight: heightPx, clientWidth: widthPx } = element;
      setSize((old) => (old.heightPx === heightPx && old.widthPx === widthPx ? old : { heightPx, widthPx, letterPx }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const onScroll = useCallback(() => setScrollPx(ref.current?.scrollTop ?? 0), []);
  const scroll = useCallback((topPx: number) => ref.current?.scrollTo({ top: topPx }), []);
  return { ref, scrollPx, ...size, scroll, onScroll };
}

function letterWidth(element: HTMLElement): number {
  const sample = document.createElement("span");
  sample.textContent = "0".repeat(100);
  sample.style.position = "absolute";
  sample.style.visibility = "hidden";
  element.append(sample);
  const width = sample.offsetWidth / 100;
  sample.remove();
  return width || 7.3;
}
