import { type RefObject, useLayoutEffect, useState } from "react";

/** The inner size of an element in pixels; zero until it is drawn. */
export function useSize(element: RefObject<HTMLElement | null>): readonly [number, number] {
  const [size, setSize] = useState<readonly [number, number]>([0, 0]);
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return;
    const measure = () =>
      setSize((old) =>
        old[0] === measured.clientWidth && old[1] === measured.clientHeight
          ? old
          : [measured.clientWidth, measured.clientHeight],
      );
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, [element]);
  return size;
}
