interface SparkProps {
  values: readonly (number | null)[];
  /** What it shows, for those who do not see it. */
  label?: string;
  hue?: string;
  widthPx?: number;
  heightPx?: number;
}

/** A line as large as a word. */
export function Spark({ values, label, hue = "var(--accent)", widthPx = 72, heightPx = 18 }: SparkProps) {
  return (
    <span className="inline-flex shrink-0" {...(label ? { role: "img", "aria-label": label } : {})}>
      <svg width={widthPx} height={heightPx} className="overflow-visible" aria-hidden="true">
        <path
          d={sparkPath(values, widthPx, heightPx)}
          fill="none"
          stroke={hue}
          strokeWidth={1.25}
          strokeLinejoin="round"
        />
      </svg>
    </span>
  );
}

/** A path from zero at the bottom to the largest value at the top; nulls are gaps, a value alone is a short dash. */
export function sparkPath(values: readonly (number | null)[], widthPx: number, heightPx: number): string {
  const most = Math.max(...values.map((value) => value ?? 0), Number.MIN_VALUE);
  const place = (index: number, value: number) => {
    const x = values.length > 1 ? (index / (values.length - 1)) * widthPx : widthPx / 2;
    return `${x.toFixed(1)} ${(heightPx - 1 - (value / most) * (heightPx - 2)).toFixed(1)}`;
  };
  return values
    .map((value, index) => {
      if (value === null) return "";
      if ((values[index - 1] ?? null) !== null) return `L${place(index, value)}`;
      return `M${place(index, value)}${(values[index + 1] ?? null) === null ? "h1.5" : ""}`;
    })
    .join("");
}
