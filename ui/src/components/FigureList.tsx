import type { ReactNode } from "react";

export interface Figure {
  label: string;
  value: ReactNode;
  title?: string;
}

/** Numbers side by side, each under what it is. */
export function FigureList({ figures, label }: { figures: readonly Figure[]; label: string }) {
  return (
    <dl aria-label={label} className="flex flex-wrap gap-x-8 gap-y-2">
      {figures.map((one) => (
        <div key={one.label} title={one.title}>
          <dt className="text-faint text-sm">{one.label}</dt>
          <dd className="text-lg">{one.value}</dd>
        </div>
      ))}
    </dl>
  );
}
