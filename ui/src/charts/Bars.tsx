import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

export interface Bar {
  readonly key: string;
  readonly label: ReactNode;
  readonly value: number;
  /** The value in words. */
  readonly words: string;
  readonly hue?: string;
  /** What the bar counts. */
  readonly link?: LinkProps;
}

/** Values in order, each a link to what it counts. */
export function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  const most = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  return (
    <ul aria-label={label} className="flex flex-col">
      {bars.map((bar) => (
        <li key={bar.key}>
          {bar.link ? (
            <Link {...bar.link} className="block rounded no-underline hover:bg-bg-hover">
              <BarRow bar={bar} share={bar.value / most} />
            </Link>
          ) : (
            <div>
              <BarRow bar={bar} share={bar.value / most} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

function BarRow({ bar, share }: { bar: Bar; share: number }) {
  return (
    <span className="flex h-7 items-center gap-3 px-1">
      <span className="w-2/5 min-w-0 truncate">{bar.label}</span>
      <span className="h-2 min-w-0 flex-1">
        <span
          className="block h-full min-w-px rounded-xs"
          style={{ width: `${share * 100}%`, background: bar.hue ?? "var(--accent)" }}
        />
      </span>
      <span className="w-20 shrink-0 text-right">{bar.words}</span>
    </span>
  );
}
