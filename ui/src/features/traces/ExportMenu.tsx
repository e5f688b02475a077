import { Download } from "lucide-react";
import { IconButton } from "@/components/Button";
import { Popover } from "@/components/Popover";
import { quoted } from "@/filter/terms";
import { text } from "@/text";

/** A filter has a most length, and so has an address. */
const MOST_IDS = 300;

interface ExportMenuProps {
  experimentId: string;
  /** What is downloaded: all that match, in this time. */
  q: string;
  startMs: number | null;
  endMs: number | null;
  /** Only these; null for all. */
  ids: ReadonlySet<string> | null;
}

export function ExportMenu(props: ExportMenuProps) {
  const isTooMany = (props.ids?.size ?? 0) > MOST_IDS;
  return (
    <Popover
      label={text.traces.export}
      align="end"
      className="w-56 p-1"
      trigger={(properties) => (
        <IconButton label={text.traces.export} {...properties}>
          <Download size={14} />
        </IconButton>
      )}
    >
      {(close) =>
        isTooMany ? (
          <p className="p-2 text-muted">{text.traces.exports.tooMany(MOST_IDS)}</p>
        ) : (
          (["jsonl", "spans", "csv"] as const).map((form) => (
            <a
              key={form}
              href={exportAddress(props, form)}
              download
              onClick={close}
              className="block rounded px-2 py-1 no-underline hover:bg-bg-hover"
            >
              {text.traces.exports[form]}
            </a>
          ))
        )
      }
    </Popover>
  );
}

/** The address of the file. Selected traces are those whenever they began. */
function exportAddress(
  { experimentId, q, startMs, endMs, ids }: ExportMenuProps,
  form: "jsonl" | "spans" | "csv",
): string {
  const address = new URLSearchParams({ experiment_id: experimentId, format: form === "csv" ? "csv" : "jsonl" });
  if (form === "spans") address.set("spans", "true");
  if (ids !== null) address.set("filter", `request_id IN (${[...ids].map(quoted).join(", ")})`);
  else {
    if (q !== "") address.set("filter", q);
    if (startMs !== null) address.set("start_ms", String(startMs));
    if (endMs !== null) address.set("end_ms", String(endMs));
  }
  return `/api/v1/traces/export?${address}`;
}
