interface Share {
  readonly label: string;
  readonly value: number;
  readonly hue: string;
}

/** How a whole is made up, as one bar. */
export function ShareBar({ parts }: { parts: readonly Share[] }) {
  const whole = parts.reduce((sum, part) => sum + part.value, 0);
  const words = (part: Share) => `${part.label}: ${Math.round((part.value / whole) * 100)} %`;
  const shown = parts.filter((part) => part.value > 0);
  return (
    <div
      role="img"
      aria-label={shown.map(words).join(", ")}
      className="flex h-2 min-w-0 gap-px overflow-hidden rounded-xs bg-bg-hover"
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
