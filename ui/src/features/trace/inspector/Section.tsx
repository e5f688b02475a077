import type { ReactNode } from "react";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";

/** A part of a pane, under its title. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-medium text-muted">{title}</h3>
      {children}
    </section>
  );
}

interface ValueOrNoneProps {
  value: unknown;
  label: string;
  none?: string;
  isFilling?: boolean;
}

export function ValueOrNone({ value, label, none = words.inspector.nothing, isFilling }: ValueOrNoneProps) {
  if (value == null) return <p className="text-faint">{none}</p>;
  return <ValueView value={value} label={label} isFilling={isFilling} />;
}
