/** A long text by line: only the lines in sight are in the page. */
import type { ReactNode } from "react";
import { text as words } from "@/text";
import { LargeValue } from "./largeValue";
import { RowsView } from "./RowsView";
import { useSource } from "./useTree";

interface TextViewProps {
  text: string | LargeValue;
  label?: string;
  isFilling?: boolean;
  find?: string;
  tools?: ReactNode;
}

export function TextView({ text, label = words.payload.forms.text, ...rest }: TextViewProps) {
  const source = useSource(text, "text");
  return <RowsView source={source} label={label} isText isLarge={text instanceof LargeValue} {...rest} />;
}
