import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { Button } from "@/components/Button";
import { text as words } from "@/text";
import { formOf, readValue, VALUE_FORMS, type ValueForm, writtenValue } from "./assessments";
import { type Assessment, assessmentNamesQuery } from "./queries";

interface Given {
  readonly name: string;
  readonly kind: "feedback" | "expectation";
  readonly value: unknown;
  readonly rationale: string | null;
}

interface AssessmentFormProps {
  experimentId: string;
  /** The one whose place is taken. */
  overridden: Assessment | null;
  onDone: (given: Given) => void;
  onCancel: () => void;
}

const FIELD = "w-full rounded border border-line px-2";

export function AssessmentForm({ experimentId, overridden, onDone, onCancel }: AssessmentFormProps) {
  const id = useId();
  const say = words.inspector.assessments;
  const { data: names = [] } = useQuery(assessmentNamesQuery(experimentId));
  const [name, setName] = useState(overridden?.name ?? "");
  const [kind, setKind] = useState<Given["kind"]>(overridden?.kind === "expectation" ? "expectation" : "feedback");
  const [form, setForm] = useState<ValueForm>(overridden === null ? "yesNo" : formOf(overridden.value));
  const [written, setWritten] = useState(overridden === null ? "true" : writtenValue(overridden.value));
  const [rationale, setRationale] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readValue(form, written);
    if (name.trim() === "") setProblem(say.problems.name);
    else if ("problem" in read) setProblem(say.problems[read.problem]);
    else onDone({ name: name.trim(), kind, value: read.value, rationale: rationale.trim() || null });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      event.preventDefault();
      onCancel();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return (
    <form
      onSubmit={submit}
      onKeyDown={onKeyDown}
      aria-label={overridden === null ? say.add : say.overrideOf(overridden.name)}
      className="space-y-2 rounded-md border border-line-strong p-3"
    >
      <div className="flex gap-2">
        <label className="min-w-0 flex-1">
          <span className="text-muted text-sm">{say.name}</span>
          <input
            // biome-ignore lint/a11y/noAutofocus: who opens the form goes on in it
            autoFocus={overridden === null}
            list={`${id}-names`}
            value={name}
            readOnly={overridden !== null}
            maxLength={250}
            autoComplete="off"
            onChange={(event) => setName(event.target.value)}
            className={`${FIELD} h-7`}
          />
        </label>
        <datalist id={`${id}-names`}>
          {names.map((each) => (
            <option key={each} value={each} />
          ))}
        </datalist>
        <label>
          <span className="block text-muted text-sm">{say.kind}</span>
          <select
            value={kind}
            disabled={overridden !== null}
            onChange={(event) => setKind(event.target.value as Given["kind"])}
            className="h-7 rounded border border-line px-1"
          >
            <option value="feedback">{say.kinds.feedback}</option>
            <option value="expectation">{say.kinds.expectation}</option>
          </select>
        </label>
      </div>
      <ValueField
        form={form}
        written={written}
        isFocused={overridden !== null}
        onForm={(next) => {
          setForm(next);
          setWritten(next === "yesNo" ? "true" : "");
        }}
        onWritten={setWritten}
      />
      <label className="block">
        <span className="text-muted text-sm">{say.rationale}</span>
        <textarea
          rows={2}
          value={rationale}
          onChange={(event) => setRationale(event.target.value)}
          className={`${FIELD} block py-1`}
        />
      </label>
      {problem !== null && (
        <p role="alert" className="text-error">
          {problem}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>{words.app.cancel}</Button>
        <Button type="submit" look="primary">
          {overridden === null ? say.save : say.override}
        </Button>
      </div>
    </form>
  );
}

interface ValueFieldProps {
  form: ValueForm;
  written: string;
  isFocused: boolean;
  onForm: (form: ValueForm) => void;
  onWritten: (written: string) => void;
}

function ValueField({ form, written, isFocused, onForm, onWritten }: ValueFieldProps) {
  const say = words.inspector.assessments;
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <label>
        <span className="block text-muted text-sm">{say.form}</span>
        <select
          value={form}
          onChange={(event) => onForm(event.target.value as ValueForm)}
          className="h-7 rounded border border-line px-1"
        >
          {VALUE_FORMS.map((each) => (
            <option key={each} value={each}>
              {say.forms[each]}
            </option>
          ))}
        </select>
      </label>
      <div className="min-w-0 flex-1">
        <label htmlFor={id} className="block text-muted text-sm">
          {say.value}
        </label>
        {form === "yesNo" ? (
          <select
            id={id}
            // biome-ignore lint/a11y/noAutofocus: who opens the form goes on in it
            autoFocus={isFocused}
            value={written}
            onChange={(event) => onWritten(event.target.value)}
            className="h-7 rounded border border-line px-1"
          >
            <option value="true">{say.yes}</option>
            <option value="false">{say.no}</option>
          </select>
        ) : (
          <textarea
            id={id}
            // biome-ignore lint/a11y/noAutofocus: who opens the form goes on in it
            autoFocus={isFocused}
            rows={form === "number" ? 1 : 3}
            inputMode={form === "number" ? "decimal" : undefined}
            value={written}
            onChange={(event) => onWritten(event.target.value)}
            className={`${FIELD} block py-0.5 ${form === "json" ? "font-mono text-sm" : ""}`}
          />
        )}
      </div>
    </div>
  );
}
