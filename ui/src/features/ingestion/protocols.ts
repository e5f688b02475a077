import { text } from "@/text";

/** A protocol in words; one that has none is shown as it is called. */
export function protocolName(protocol: string): string {
  return (text.ingestion.protocols as Record<string, string>)[protocol] ?? protocol;
}
