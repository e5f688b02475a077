import { CircleAlert } from "lucide-react";
import { bytes, NONE } from "@/format/numbers";
import { age, fullMoment } from "@/format/time";
import { text } from "@/text";
import type { Refused } from "./counts";
import { protocolName } from "./protocols";

const words = text.ingestion;

/** What was refused: why, and what to do about it. */
export function RefusedTable({ refused, nowMs }: { refused: readonly Refused[]; nowMs: number }) {
  return (
    <section aria-label={words.refusedTitle}>
      <header className="flex min-h-8 items-center gap-3">
        <h2 className="flex items-center gap-2 font-semibold">
          <CircleAlert size={15} className="text-error" aria-hidden />
          {words.refusedTitle}
        </h2>
        <span className="text-faint text-sm">{words.refusedHint}</span>
      </header>
      <table aria-label={words.refusedTitle} className="w-full border-collapse">
        <thead>
          <tr className="text-left text-muted text-sm">
            <Header words={words.columns.why} />
            <Header words={words.columns.client} />
            <Header words={words.columns.protocol} />
            <Header words={words.columns.refused} />
            <Header words={words.columns.bytes} isNumber />
            <Header words={words.columns.last} isNumber />
          </tr>
        </thead>
        <tbody>
          {refused.map((one) => (
            <RefusedRow key={one.key} one={one} nowMs={nowMs} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Header({ words: name, isNumber }: { words: string; isNumber?: boolean }) {
  return (
    <th
      scope="col"
      className={`h-7 whitespace-nowrap border-line border-b px-2 font-normal first:pl-0 ${isNumber ? "text-right" : ""}`}
    >
      {name}
    </th>
  );
}

function RefusedRow({ one, nowMs }: { one: Refused; nowMs: number }) {
  const { why, todo } = reasonOf(one.reason);
  return (
    <tr className="border-line border-b align-top hover:bg-bg-hover">
      <td className="max-w-2xl py-1.5 pr-2">
        <span className="block font-medium text-error">{why}</span>
        <span className="block text-muted">{todo}</span>
      </td>
      <td className="max-w-72 break-words px-2 py-1.5">{one.client}</td>
      <td className="whitespace-nowrap px-2 py-1.5 text-muted">{protocolName(one.protocol)}</td>
      <td className="whitespace-nowrap px-2 py-1.5">{words.refusedOf(one.requests, one.spans)}</td>
      <td className="whitespace-nowrap px-2 py-1.5 text-right">{one.bodyBytes > 0 ? bytes(one.bodyBytes) : NONE}</td>
      <td className="whitespace-nowrap px-2 py-1.5 text-right" title={fullMoment(one.lastTimeMs)}>
        {age(one.lastTimeMs, nowMs)}
      </td>
    </tr>
  );
}

/** A reason in words; one that has none is shown as the server calls it. */
function reasonOf(reason: string): { why: string; todo: string } {
  return words.reasons[reason] ?? { why: words.otherReason.why(reason), todo: words.otherReason.todo };
}
