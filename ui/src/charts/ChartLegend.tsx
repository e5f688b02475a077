import type { TimeSeries } from "./series";

interface ChartLegendProps {
  series: readonly TimeSeries[];
  step: number | null;
  /** The series that the keys have chosen. */
  strongest: number | null;
  /** The time of the step, in words. */
  when: string;
}

/** What is drawn, and its values at the cursor, on a line that is always there. */
export function ChartLegend({ series, step, strongest, when }: ChartLegendProps) {
  return (
    <div aria-hidden className="flex h-5 items-center gap-3 overflow-hidden whitespace-nowrap text-muted text-xs">
      {series.map((one, index) => (
        <span
          key={one.label}
          className={`flex min-w-0 items-center gap-1.5 ${strongest === index ? "font-semibold" : ""}`}
        >
          <Swatch series={one} />
          <span className="truncate">{one.label}</span>
          {step !== null && <span className="shrink-0 text-ink">{one.format(one.values[step])}</span>}
        </span>
      ))}
      <span className="ml-auto shrink-0 pl-2 text-faint">{when}</span>
    </div>
  );
}

function Swatch({ series: { hue, kind, isDashed } }: { series: TimeSeries }) {
  if (kind !== "line") return <span className="size-2 shrink-0 rounded-xs" style={{ background: hue }} />;
  return (
    <span
      className="w-3 shrink-0"
      style={{ borderTopWidth: 2, borderTopStyle: isDashed ? "dashed" : "solid", borderColor: hue }}
    />
  );
}
