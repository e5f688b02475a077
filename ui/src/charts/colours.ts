/** Colours of the theme for a canvas, which knows no CSS variables. */
import { useEffect, useState } from "react";

/** Give a CSS colour as it is shown within an element. */
export function shownColour(element: HTMLElement, colour: string): string {
  const probe = document.createElement("i");
  probe.style.color = colour;
  probe.hidden = true;
  element.append(probe);
  const shown = getComputedStyle(probe).color;
  probe.remove();
  return shown;
}

/** Counts the changes of the theme, by the button or by the system, so that what depends on it is drawn anew. */
export function useThemeChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const changed = () => setChanges((count) => count + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", changed);
    addEventListener("trilha:theme", changed);
    return () => {
      system.removeEventListener("change", changed);
      removeEventListener("trilha:theme", changed);
    };
  }, []);
  return changes;
}
