/** A value of a trace: as JSON, as Markdown or as text, whichever reads best; the reader may choose. */
import { useMemo, useState } from "react";
import { keep, kept } from "@/settings/kept";
import { text as words } from "@/text";
import { AttachmentList } from "./AttachmentView";
import { attachmentsIn } from "./attachments";
import { jsonWithin, writtenOut } from "./exactJson";
import { type Form, formsOf, type ValueKind, valueKind } from "./forms";
import { JsonView } from "./JsonView";
import { LargeValue } from "./largeValue";
import { Markdown } from "./Markdown";
import { PlainText } from "./PlainText";
import { TextView } from "./TextView";

interface ValueViewProps {
  value: unknown;
  label?: string;
  find?: string;
  /** Whether it takes the height that there is, instead of what it needs. */
  isFilling?: boolean;
}

export function ValueView(props: ValueViewProps) {
  const { value, isFilling } = props;
  const attachments = useMemo(() => attachmentsIn(value), [value]);
  if (attachments.length === 0) return <ValueAlone {...props} />;
  return (
    <div className={`flex min-h-0 min-w-0 flex-col ${isFilling ? "flex-1" : ""}`}>
      <AttachmentList attachments={attachments} />
      <ValueAlone {...props} />
    </div>
  );
}

function ValueAlone({ value, label, find = "", isFilling }: ValueViewProps) {
  const kind = useMemo(() => valueKind(value), [value]);
  const [form, choose] = useForm(kind);
  const forms = formsOf(kind);
  const tools = forms.length > 1 && <FormSwitch forms={forms} form={form} onChoose={choose} />;
  const json = useMemo(() => (form === "json" && typeof value === "string" ? jsonWithin(value) : value), [form, value]);
  if (form === "json") return <JsonView value={json} label={label} isFilling={isFilling} find={find} tools={tools} />;
  if (value instanceof LargeValue) {
    return <TextView text={value} label={label} isFilling={isFilling} find={find} tools={tools} />;
  }
  const text = writtenOut(value);
  return (
    <div className="min-w-0">
      <div className="float-right ml-2">{tools}</div>
      {form === "markdown" ? (
        <Markdown text={text} find={find} />
      ) : (
        <PlainText
          text={text}
          find={find}
          className={kind === "value" || kind === "jsonText" ? "font-mono text-sm" : ""}
        />
      )}
    </div>
  );
}

/** The form that was last chosen for values of a kind. */
function useForm(kind: ValueKind): [Form, (form: Form) => void] {
  const key = `trilha.form.${kind}`;
  const [chosen, setChosen] = useState<Record<string, Form>>({});
  const forms = formsOf(kind);
  const wanted = chosen[kind] ?? (kept(key) as Form | null);
  const form = wanted !== null && forms.includes(wanted) ? wanted : (forms[0] ?? "text");
  return [
    form,
    (next) => {
      keep(key, next);
      setChosen((old) => ({ ...old, [kind]: next }));
    },
  ];
}

interface FormSwitchProps {
  forms: readonly Form[];
  form: Form;
  onChoose: (form: Form) => void;
}

function FormSwitch({ forms, form, onChoose }: FormSwitchProps) {
  return (
    <fieldset className="inline-flex h-5 shrink-0 overflow-hidden rounded border border-line">
      <legend className="sr-only">{words.payload.shownAs}</legend>
      {forms.map((each) => (
        <button
          key={each}
          type="button"
          aria-pressed={each === form}
          onClick={() => onChoose(each)}
          className="px-1.5 text-muted text-xs hover:text-ink aria-pressed:bg-bg-selected aria-pressed:text-ink"
        >
          {words.payload.forms[each]}
        </button>
      ))}
    </fieldset>
  );
}
