/** A trace as a whole, where no span is chosen. */
import { shownText } from "@/payload/shownText";
import { ValueView } from "@/payload/ValueView";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { AssessmentsPanel } from "./AssessmentsPanel";
import { Exchange } from "./Exchange";
import { Section } from "./Section";
import { TraceBill } from "./TraceCost";

export function TraceSummary() {
  const { trace } = useScene();
  return (
    <section aria-label={words.inspector.trace} className="h-full space-y-4 overflow-auto p-3">
      <Exchange request={words.inspector.request} response={words.inspector.response} />
      <Section title={words.inspector.parts.assessments}>
        <AssessmentsPanel spanId={null} />
      </Section>
      {(trace.usage !== null || trace.cost !== null) && (
        <Section title={words.inspector.cost.title}>
          <TraceBill />
        </Section>
      )}
      <Pairs title={words.inspector.tags} pairs={trace.tags} />
      <Pairs title={words.inspector.metadata} pairs={trace.metadata} />
    </section>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: Record<string, string> }) {
  const entries = Object.entries(pairs).sort(([a], [b]) => (a < b ? -1 : 1));
  if (entries.length === 0) return null;
  return (
    <Section title={title}>
      <dl className="rounded-md border border-line">
        {entries.map(([key, value]) => (
          <div key={key} className="flex gap-2 border-line px-2 py-1 not-first:border-t">
            <dt className="w-2/5 shrink-0 break-words font-mono text-muted text-sm">{shownText(key)}</dt>
            <dd className="min-w-0 flex-1 font-mono text-sm">
              <ValueView value={value} label={key} />
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}
