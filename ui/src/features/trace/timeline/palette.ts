/** Colours for canvases: what the style sheet says at the moment. */
import { useEffect, useMemo, useState } from "react";
import { spanLook } from "@/components/SpanType";

const ROLES = [
  "--text",
  "--text-muted",
  "--text-faint",
  "--line",
  "--error",
  "--bg",
  "--bg-hover",
  "--bg-selected",
  "--mark",
] as const;
type Role = (typeof ROLES)[number];

export interface Palette {
  readonly role: Readonly<Record<Role, string>>;
  /** By the place of a type. */
  readonly hues: readonly string[];
}

/** Resolve the colours, and again when the theme changes. */
export function usePalette(types: readonly string[]): Palette {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const renew = () => setTurn((old) => old + 1);
    const system = matchMedia("(prefers-color-scheme: dark)");
    addEventListener("trilha:theme", renew);
    system.addEventListener("change", renew);
    return () => {
      removeEventListener("trilha:theme", renew);
      system.removeEventListener("change", renew);
    };
  }, []);
  const names = types.join("\n");
  // biome-ignore lint/correctness/useExhaustiveDependencies: the turn is what makes colours old
  return useMemo(() => resolved(names === "" ? [] : names.split("\n")), [names, turn]);
}

function resolved(types: readonly string[]): Palette {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colour = (css: string) => {
    probe.style.color = css;
    return getComputedStyle(probe).color;
  };
  const role = Object.fromEntries(ROLES.map((name) => [name, colour(`var(${name})`)])) as Record<Role, string>;
  const hues = types.map((type) => colour(spanLook(type).hue));
  probe.remove();
  return { role, hues };
}
