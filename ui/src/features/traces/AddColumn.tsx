import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { Button } from "@/components/Button";
import { fieldsQuery } from "@/filter/queries";
import { text } from "@/text";
import { columnOfField } from "./values";

/** Any field as a column: an attribute's path, a tag, an assessment. */
export function AddColumn({ experimentId, onAdd }: { experimentId: string; onAdd: (columnId: string) => void }) {
  const { data } = useQuery(fieldsQuery(experimentId));
  const [field, setField] = useState("");
  const [problem, setProblem] = useState("");
  const listId = useId();
  const add = () => {
    const columnId = columnOfField(field.trim());
    if (columnId === null) return setProblem(text.traces.noColumn(field.trim()));
    setField("");
    onAdd(columnId);
  };
  return (
    <form
      className="mt-2 border-line border-t pt-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (field.trim() !== "") add();
      }}
    >
      <label className="block text-muted text-sm">
        {text.traces.addColumn}
        <span className="mt-1 flex gap-1">
          <input
            value={field}
            list={listId}
            placeholder="tags.team"
            aria-invalid={problem !== ""}
            onChange={(event) => {
              setField(event.target.value);
              setProblem("");
            }}
            className="h-7 min-w-0 flex-1 rounded border border-line px-2 font-mono text-ink text-sm"
          />
          <Button type="submit">{text.traces.add}</Button>
        </span>
      </label>
      <datalist id={listId}>
        {(data?.fields ?? [])
          .filter((one) => columnOfField(one.field) !== null)
          .map((one) => (
            <option key={one.field} value={one.field} />
          ))}
      </datalist>
      <p role={problem ? "alert" : undefined} className={`mt-1 text-sm ${problem ? "text-error" : "text-faint"}`}>
        {problem || text.traces.addColumnHint}
      </p>
    </form>
  );
}
