import { memo } from "react";
import { text } from "@/text";
import { stepWords, type TimeSeries, timeOfSteps } from "./series";

interface ChartTableProps {
  label: string;
  xMs: readonly number[];
  series: readonly TimeSeries[];
  startMs: number;
  endMs: number;
}

/** A chart for those who hear it. Steps in which nothing was measured are left out. The cursor does not draw it anew. */
export const ChartTable = memo(function ChartTable(chart: ChartTableProps) {
  const { label, xMs, series } = chart;
  const steps = [...xMs.keys()].filter((step) => series.some(({ values }) => values[step]));
  return (
    <div className="sr-only">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{text.charts.time}</th>
            {series.map((one) => (
              <th key={one.label} scope="col">
                {one.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={xMs[step]}>
              <th scope="row">{stepWords(...timeOfSteps(chart, step))}</th>
              {series.map((one) => (
                <td key={one.label}>{one.format(one.values[step])}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
});
