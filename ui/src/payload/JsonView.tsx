/** A value as a tree: objects and lists open and close, texts stand by line, all of it can be found in and copied. */
import type { ReactNode } from "react";
import { text as words } from "@/text";
import { LargeValue } from "./largeValue";
import { RowsView } from "./RowsView";
import { useSource } from "./useTree";

interface JsonViewProps {
  /** A value, or one that a worker holds. */
  value: unknown;
  label?: string;
  isFilling?: boolean;
  find?: string;
  tools?: ReactNode;
}

export function JsonView({ value, label = words.payload.value, ...rest }: JsonViewProps) {
  const source = useSource(value, "json");
  return <RowsView source={source} label={label} isText={false} isLarge={value instanceof LargeValue} {...rest} />;
}
