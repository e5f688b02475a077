/** Assessments, and adding and deleting them: seen at once, taken back where the server refuses. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api } from "@/api/client";
import { notify } from "@/components/Notices";
import { text as words } from "@/text";
import { useScene } from "../scene";
import { type Assessment, assessmentsQuery, type NewAssessment } from "./queries";

/** The assessments of a span, or of the trace as a whole. They came with its spans, and are asked for again after. */
export function useAssessments(spanId: string | null): Assessment[] {
  const { traceId, loaded } = useScene();
  const { data } = useQuery({
    ...assessmentsQuery(traceId),
    initialData: loaded.assessments,
    initialDataUpdatedAt: loaded.readTimeMs,
  });
  return data.filter((each) => each.span_id === spanId);
}

export function useAssessing(traceId: string) {
  const client = useQueryClient();
  const { queryKey } = assessmentsQuery(traceId);

  /** Show a change before it is made. Gives what takes it back. */
  const show = async (change: (old: Assessment[]) => Assessment[]) => {
    await client.cancelQueries({ queryKey });
    const before = client.getQueryData(queryKey);
    client.setQueryData(queryKey, (old) => old && change(old));
    return () => client.setQueryData(queryKey, before);
  };
  const settled = {
    onError: (error: Error, _given: unknown, undo: (() => void) | undefined) => {
      undo?.();
      notify(words.inspector.assessments.notKept(error.message), true);
    },
    onSettled: () => client.invalidateQueries({ queryKey }),
  };
  const path = { trace_id: traceId };
  const add = useMutation({
    mutationFn: (body: NewAssessment) =>
      answer(api.POST("/api/v1/traces/{trace_id}/assessments", { params: { path }, body })),
    onMutate: (body) => show((old) => withNew(old, body, traceId)),
    onSuccess: (kept) => client.setQueryData(queryKey, (old) => old && withKept(old, kept)),
    ...settled,
  });
  const remove = useMutation({
    mutationFn: ({ assessment_id }: Assessment) =>
      answer(
        api.DELETE("/api/v1/traces/{trace_id}/assessments/{assessment_id}", {
          params: { path: { ...path, assessment_id } },
        }),
      ),
    onMutate: (gone) => show((old) => without(old, gone)),
    ...settled,
  });
  return { add: add.mutate, remove: remove.mutate };
}

const NOT_KEPT = "new";

/** Whether the server has it: only then it can be overridden or deleted. */
export function isKept(assessment: Assessment): boolean {
  return assessment.assessment_id !== NOT_KEPT;
}

function withKept(old: Assessment[], kept: Assessment): Assessment[] {
  return [...old.filter((each) => isKept(each) && each.assessment_id !== kept.assessment_id), kept];
}

/** The list with one more, as the server will have it. */
function withNew(old: Assessment[], body: NewAssessment, traceId: string): Assessment[] {
  const nowMs = Date.now();
  const added: Assessment = {
    assessment_id: NOT_KEPT,
    trace_id: traceId,
    name: body.name,
    kind: body.kind ?? "feedback",
    value: body.value,
    error_code: null,
    error_message: null,
    source_type: body.source_type ?? "HUMAN",
    source_id: body.source_id ?? null,
    rationale: body.rationale ?? null,
    metadata: body.metadata ?? {},
    span_id: body.span_id ?? null,
    create_time_ms: nowMs,
    update_time_ms: nowMs,
    overrides: body.overrides ?? null,
    valid: true,
  };
  return [...old.map((each) => (each.assessment_id === body.overrides ? { ...each, valid: false } : each)), added];
}

/** The list with one less; the one that it had taken the place of holds again. */
function without(old: Assessment[], gone: Assessment): Assessment[] {
  return old
    .filter((each) => each.assessment_id !== gone.assessment_id)
    .map((each) => (each.assessment_id === gone.overrides ? { ...each, valid: true } : each));
}
