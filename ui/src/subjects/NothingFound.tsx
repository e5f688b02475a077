import type { ListView } from "@/address/view";
import { Button } from "@/components/Button";
import { CodeLines } from "@/components/CodeLines";
import { EmptyState, Problem, SkeletonRows } from "@/components/States";
import { fullMoment } from "@/format/time";
import { text } from "@/text";

interface NothingFoundProps {
  /** When the newest one was active: null where there is none at all, undefined where it is not known yet. */
  newestMs: number | null | undefined;
  error: unknown;
  view: ListView;
  onView: (view: Partial<ListView>) => void;
  words: { none: string; howTo: string; noMatch: string; newestAt: (when: string) => string };
  /** What to write to get one, by library. */
  code: Record<string, string>;
}

/** Why there is nothing to show: none at all, or none of what is asked for. */
export function NothingFound({ newestMs, error, view, onView, words, code }: NothingFoundProps) {
  if (error) return <Problem error={error} />;
  if (newestMs === undefined) return <SkeletonRows rows={3} />;
  if (newestMs === null) {
    return (
      <EmptyState title={words.none}>
        <p className="mb-3">{words.howTo}</p>
        <div className="space-y-3">
          {Object.entries(code).map(([library, lines]) => (
            <CodeLines key={library} title={library} code={lines} />
          ))}
        </div>
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title={words.noMatch}
      actions={
        <>
          {view.t !== "all" && <Button onClick={() => onView({ t: "all" })}>{text.time.presets.all}</Button>}
          {view.q && <Button onClick={() => onView({ q: undefined })}>{text.subjects.withoutFilter}</Button>}
        </>
      }
    >
      {words.newestAt(fullMoment(newestMs))}
    </EmptyState>
  );
}
