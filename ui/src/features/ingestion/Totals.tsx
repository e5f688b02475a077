import { bytes, count, NONE } from "@/format/numbers";
import { age } from "@/format/time";
import { text } from "@/text";
import { type Kept, type Refused, totalsOf } from "./counts";

const words = text.ingestion;

/** All clients together. */
export function Totals({
  kept,
  refused,
  nowMs,
}: {
  kept: readonly Kept[];
  refused: readonly Refused[];
  nowMs: number;
}) {
  const totals = totalsOf(kept);
  const sum = (amountOf: (one: Refused) => number) => refused.reduce((all, one) => all + amountOf(one), 0);
  const isRefused = refused.length > 0;
  return (
    <dl
      aria-label={words.summary}
      className="flex flex-wrap divide-x divide-line overflow-hidden rounded-md border border-line bg-bg-raised"
    >
      <Total label={words.numbers.spans} value={count(totals.spans)} />
      <Total label={words.numbers.traces} value={count(totals.traces)} title={words.tracesHint} />
      <Total label={words.numbers.requests} value={count(totals.requests)} />
      <Total label={words.numbers.bytes} value={bytes(totals.bodyBytes)} />
      <Total label={words.numbers.duplicates} value={count(totals.duplicates)} title={words.duplicatesHint} />
      <Total
        label={words.numbers.refused}
        value={words.refusedOf(
          sum((one) => one.requests),
          sum((one) => one.spans),
        )}
        isError={isRefused}
      />
      <Total label={words.numbers.last} value={totals.lastTimeMs === null ? NONE : age(totals.lastTimeMs, nowMs)} />
    </dl>
  );
}

function Total({ label, value, title, isError }: { label: string; value: string; title?: string; isError?: boolean }) {
  return (
    <div className="flex-1 whitespace-nowrap px-3 py-2" title={title}>
      <dt className="truncate text-muted text-sm">{label}</dt>
      <dd className={`font-semibold text-lg ${isError ? "text-error" : ""}`}>{value}</dd>
    </div>
  );
}
