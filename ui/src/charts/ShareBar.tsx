export interface Share {
  readonly label: string;
  readonly value: number;
  readonly hue: string;
  /** The value in words; its share where there is none. */
  readonly words?: string;
}

/** How a whole is made up, as one bar. */
export function ShareBar({ parts, heightPx = 8 }: { parts: readonly Share[]; heightPx?: number }) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  const words = (part: Share) => `${part.label}: ${part.words ?? `${Math.round((part.value / whole) * 100)} %`}`;
  const shown = parts.filter((part) => part.value > 0);
  return (
    <div
      role="img"
      aria-label={shown.map(words).join(", ")}
      style={{ height: heightPx }}
      className="flex min-w-0 gap-px overflow-hidden rounded-xs bg-bg-hover"
    >
      {shown.map((part) => (
        <div
          key={part.label}
          title={words(part)}
          style={{ width: `${(part.value / whole) * 100}%`, background: part.hue }}
        />
      ))}
    </div>
  );
}
