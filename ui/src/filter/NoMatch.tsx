import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { Button } from "@/components/Button";
import { EmptyState, Problem } from "@/components/States";
import { count } from "@/format/numbers";
import { fullMoment } from "@/format/time";
import { text as words } from "@/text";
import { DEFAULT_RANGE, parseRange } from "@/time/range";
import { pieces } from "./highlight";
import { extentQuery, rangeOf, rangeSince, type Without, withoutEach } from "./noMatch";
import { countQuery } from "./queries";
import { rangeWords } from "./timeWords";
import { useSteadyNow } from "./useNow";

const say = words.filter.noMatch;

interface NoMatchProps {
  experimentId: string;
  q: string;
  t: string | undefined;
  onChange: (view: { q?: string; t?: string }) => void;
}

/** What stands where nothing matches: why, and a way out. */
export function NoMatch({ experimentId, q, t, onChange }: NoMatchProps) {
  const isBounded = (t ?? DEFAULT_RANGE) !== "all";
  return (
    <EmptyState title={q === "" ? say.noneInRange(rangeOfTitle(t)) : say.none}>
      <div className="flex min-h-32 flex-col gap-5">
        {isBounded && <Time experimentId={experimentId} q={q} t={t} onChange={onChange} />}
        {q !== "" && <Conditions experimentId={experimentId} q={q} t={t} onChange={onChange} />}
      </div>
    </EmptyState>
  );
}

function rangeOfTitle(t: string | undefined): string {
  return rangeWords(t, Date.now()).toLowerCase();
}

/** Traces that match at another time. */
function Time({ experimentId, q, t, onChange }: NoMatchProps) {
  const nowMs = useSteadyNow();
  const { data: extent, isPending, error } = useQuery(extentQuery(experimentId, q));
  if (error) return <Problem error={error} />;
  if (isPending) return <p role="status">{say.looking}</p>;
  if (extent === null) return q === "" ? <p>{say.noTraces}</p> : null;
  const isOne = extent.oldestMs === extent.newestMs;
  const since = rangeSince(extent.newestMs, nowMs);
  const all = rangeOf(extent);
  return (
    <section>
      <p>
        {isOne
          ? say.otherTime(fullMoment(extent.newestMs))
          : say.otherTimes(fullMoment(extent.newestMs), fullMoment(extent.oldestMs))}
      </p>
      <div className="mt-2 flex flex-wrap gap-2">
        {since !== "all" && since !== t && (
          <Button look="primary" onClick={() => onChange({ t: since })}>
            {rangeWords(since, nowMs)}
          </Button>
        )}
        <Button look={since === "all" ? "primary" : "plain"} onClick={() => onChange({ t: all })}>
          {rangeWords(all, nowMs)}
        </Button>
        <Button onClick={() => onChange({ t: "all" })}>{words.time.presets.all}</Button>
      </div>
    </section>
  );
}

/** How many there were without each of the conditions, the one that takes the most away first. */
function Conditions({ experimentId, q, t, onChange }: NoMatchProps) {
  const nowMs = useSteadyNow();
  const range = useMemo(() => parseRange(t, nowMs), [t, nowMs]);
  const each = useMemo(() => withoutEach(q), [q]);
  const counts = useQueries({ queries: each.map((one) => countQuery(experimentId, one.q, range)) });
  if (counts.some(({ isPending }) => isPending)) return <p role="status">{say.counting}</p>;
  const found = each
    .map((one, index) => ({ ...one, traces: counts[index]?.data ?? 0 }))
    .filter(({ traces }) => traces > 0)
    .sort((a, b) => b.traces - a.traces);
  if (found.length === 0) {
    return (
      <section className="flex flex-col items-start gap-2">
        <p>{each.length > 1 ? say.noneAlone : say.noneAtAll}</p>
        {each.length > 1 && <Button onClick={() => onChange({ q: "" })}>{words.filter.clear}</Button>}
      </section>
    );
  }
  return (
    <section>
      <p className="mb-1">{say.without}</p>
      <ul>
        {found.map((one) => (
          <ConditionRow key={one.term.from} {...one} onDrop={() => onChange({ q: one.q })} />
        ))}
      </ul>
    </section>
  );
}

function ConditionRow({ term, traces, onDrop }: Without & { traces: number; onDrop: () => void }) {
  return (
    <li className="flex items-center gap-3 py-0.5">
      <code className="min-w-0 flex-1 truncate font-mono text-ink text-sm" title={term.text}>
        {pieces(term.text).map((piece, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the pieces are what stands there, in order
          <span key={index} className={piece.className}>
            {piece.text}
          </span>
        ))}
      </code>
      <span>{words.count.traces(traces)}</span>
      <Button onClick={onDrop} aria-label={say.dropOf(term.text, count(traces))}>
        {say.drop}
      </Button>
    </li>
  );
}
