/** How to send a first trace, in programs that hold this server's address; listens until one has arrived. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Check, CircleDashed, Copy, TriangleAlert } from "lucide-react";
import { type ReactNode, useState } from "react";
import { answer, api, problemOf } from "@/api/client";
import { experimentQuery, experimentsQuery } from "@/api/experiments";
import { Button, IconButton } from "@/components/Button";
import { copy } from "@/components/clipboard";
import { notify } from "@/components/Notices";
import { text } from "@/text";
import { newTraceId, SNIPPETS, type SnippetId, snippet, testSpan } from "./snippets";
import { useArrivals } from "./useArrivals";
import { useRefusals } from "./useRefusals";

const words = text.onboarding;

interface FirstTracesProps {
  experimentId: string;
  /** Called with each trace that arrives. */
  onArrived: (traceId: string) => void;
}

export function FirstTraces({ experimentId, onArrived }: FirstTracesProps) {
  const { data: experiment } = useQuery(experimentQuery(experimentId));
  const [chosen, setChosen] = useState<SnippetId>("trilha");
  const [traceId] = useState(newTraceId);
  const [arrived, setArrived] = useState<string | null>(null);
  const listening = useArrivals(experimentId, (trace) => {
    setArrived(trace.trace_id);
    onArrived(trace.trace_id);
  });
  const refusals = useRefusals(experimentId);
  const program = snippet(chosen, { url: location.origin, experiment: experiment?.name ?? "", traceId });
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-5 px-6 py-8">
      <div>
        <h2 className="font-semibold text-xl">{words.title}</h2>
        <p className="mt-1 text-muted">{words.intro}</p>
      </div>
      <div role="tablist" aria-label={words.ways} className="flex flex-wrap gap-1 border-line border-b">
        {SNIPPETS.map((id) => (
          <button
            key={id}
            type="button"
            role="tab"
            aria-selected={id === chosen}
            onClick={() => setChosen(id)}
            className="-mb-px border-transparent border-b-2 px-3 py-1.5 text-muted hover:text-ink aria-selected:border-accent aria-selected:text-ink"
          >
            {words.names[id]}
          </button>
        ))}
      </div>
      {program.shell && <Code label={words.first} program={program.shell} />}
      <Code label={words.programs[chosen]} program={program.program} />
      <section aria-label={words.state} className="rounded-md border border-line bg-bg-sunken p-4">
        <ul className="flex flex-col gap-1.5">
          <Step isDone={experiment !== undefined}>{words.reached(location.host)}</Step>
          <Step isDone={experiment !== undefined}>{words.experiment(experiment?.name ?? experimentId)}</Step>
          <Step isDone={listening === "connected"}>{words.listening[listening]}</Step>
          <Step isDone={arrived !== null}>{arrived === null ? words.waiting : words.arrived}</Step>
          {refusals.map((refusal) => (
            <li key={refusal.reason} className="flex gap-2 text-error">
              <TriangleAlert size={16} className="mt-0.5 shrink-0" aria-hidden />
              {words.refused(refusal.client, refusal.reason)}
            </li>
          ))}
        </ul>
        <div className="mt-4 flex flex-wrap items-center gap-2">
          <TestButton experimentId={experimentId} />
          <DemoButton />
        </div>
      </section>
    </div>
  );
}

function Code({ label, program }: { label: string; program: string }) {
  return (
    <figure className="overflow-hidden rounded-md border border-line">
      <figcaption className="flex items-center justify-between border-line border-b bg-bg-sunken py-0.5 pr-1 pl-3 text-muted">
        {label}
        <IconButton label={text.app.copy} onClick={() => void copy(program)}>
          <Copy size={14} />
        </IconButton>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto px-3 py-2 font-mono text-sm">
        {program}
      </pre>
    </figure>
  );
}

function Step({ isDone, children }: { isDone: boolean; children: ReactNode }) {
  return (
    <li className="flex gap-2">
      {isDone ? (
        <Check size={16} className="mt-0.5 shrink-0 text-success" aria-label={words.done} />
      ) : (
        <CircleDashed size={16} className="mt-0.5 shrink-0 text-faint" aria-label={words.open} />
      )}
      <span>{children}</span>
    </li>
  );
}

/** Sends a span from this page, so that the way in is known to work before any program is written. */
function TestButton({ experimentId }: { experimentId: string }) {
  const send = useMutation({
    mutationFn: async () => {
      const response = await fetch("/v1/traces", {
        method: "POST",
        headers: { "content-type": "application/json", "x-mlflow-experiment-id": experimentId },
        body: JSON.stringify(testSpan(newTraceId(), Date.now())),
      });
      if (!response.ok) throw problemOf(response.status, await response.json().catch(() => null));
    },
    onError: (error) => notify(error.message, true),
  });
  return (
    <Button onClick={() => send.mutate()} disabled={send.isPending}>
      {words.test}
    </Button>
  );
}

function DemoButton() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: () => answer(api.POST("/api/v1/demo", {})),
    onSuccess: async ({ experiment_id }) => {
      await queries.invalidateQueries({ queryKey: experimentsQuery.queryKey });
      await navigate({ to: "/experiments/$experimentId/traces", params: { experimentId: experiment_id } });
    },
    onError: (error) => notify(error.message, true),
  });
  return (
    <Button onClick={() => make.mutate()} disabled={make.isPending}>
      {make.isPending ? words.makingDemo : words.demo}
    </Button>
  );
}
