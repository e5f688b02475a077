import { Ban, X } from "lucide-react";
import { IconButton } from "@/components/Button";
import { spanTypeName } from "@/components/SpanType";
import { count, NONE, shortCount } from "@/format/numbers";
import { text as words } from "@/text";
import { known } from "@/text/known";
import { type FacetRow, facetRows, facetValues, toggled } from "./facets";
import type { Facet, Values } from "./terms";
import type { ShownFacet } from "./useFacets";

const say = words.filter.facets;
const FEW = 8;

interface FacetSectionProps {
  facet: ShownFacet;
  q: string;
  isDisabled: boolean;
  onValues: (values: Values) => void;
  onMore: () => void;
  /** Takes an added facet away; null for others. */
  onRemove: (() => void) | null;
}

/** One field, its values, and how many traces have each. */
export function FacetSection({ facet, q, isDisabled, onValues, onMore, onRemove }: FacetSectionProps) {
  const values = facetValues(q, facet);
  const rows = facetRows(facet.counts, values);
  const most = Math.max(1, ...rows.map(({ traces }) => traces ?? 0));
  const name = facetName(facet);
  const isSet = values.included.length + values.excluded.length > 0;
  const others = facet.counts?.others ?? 0;
  return (
    <section aria-label={name} className="mt-2">
      <div className="flex h-6 items-center pr-1.5 pl-3">
        <h3 className="min-w-0 flex-1 truncate font-medium text-sm" title={facet.only ?? facet.field}>
          {name}
        </h3>
        {isSet && (
          <button
            type="button"
            className="rounded px-1.5 text-accent text-xs hover:bg-bg-hover"
            onClick={() => onValues({ included: [], excluded: [] })}
          >
            {say.clear}
          </button>
        )}
        {onRemove && (
          <IconButton label={say.remove(name)} className="size-5!" onClick={onRemove}>
            <X size={12} />
          </IconButton>
        )}
      </div>
      <ul>
        {rows.map((row) => (
          <ValueRow
            key={row.value}
            row={row}
            label={valueName(facet, row.value)}
            share={(row.traces ?? 0) / most}
            isDisabled={isDisabled}
            onToggle={(side) => onValues(toggled(values, row.value, side))}
          />
        ))}
      </ul>
      {facet.counts !== undefined && rows.length === 0 && <p className="px-3 text-faint text-sm">{say.noValues}</p>}
      {(others > 0 || (facet.isOpen && rows.length > FEW)) && (
        <button type="button" onClick={onMore} className="ml-3 h-6 rounded px-1 text-accent text-sm hover:bg-bg-hover">
          {facet.isOpen ? say.fewer : say.more}
        </button>
      )}
    </section>
  );
}

interface ValueRowProps {
  row: FacetRow;
  label: string;
  share: number;
  isDisabled: boolean;
  onToggle: (side: "included" | "excluded") => void;
}

function ValueRow({ row, label, share, isDisabled, onToggle }: ValueRowProps) {
  const isExcluded = row.state === "excluded";
  return (
    <li className="group relative mx-1.5 flex h-6 items-center rounded px-1.5 hover:bg-bg-hover">
      <div
        aria-hidden
        className="absolute inset-y-0.5 left-6 rounded-sm bg-accent-soft opacity-60"
        style={{ width: `calc((100% - 30px) * ${share})` }}
      />
      <label
        className="relative flex min-w-0 flex-1 items-center gap-2"
        title={label}
        onClickCapture={(event) => {
          if (!event.altKey || isDisabled) return;
          event.preventDefault();
          event.stopPropagation();
          onToggle("excluded");
        }}
      >
        <input
          type="checkbox"
          disabled={isDisabled}
          checked={row.state === "included"}
          onChange={() => onToggle("included")}
          className="size-3.5 shrink-0 accent-[var(--accent)]"
        />
        <span className={`flex min-w-0 flex-1 ${isExcluded ? "text-muted line-through" : ""}`}>
          <ValueText label={label} />
        </span>
      </label>
      <button
        type="button"
        aria-label={say.not(label)}
        title={say.not(label)}
        aria-pressed={isExcluded}
        disabled={isDisabled}
        onClick={() => onToggle("excluded")}
        className={`relative mx-1 inline-flex size-4.5 items-center justify-center rounded text-muted hover:text-ink aria-pressed:bg-bg-selected aria-pressed:text-ink ${isExcluded ? "" : "opacity-0 focus-visible:opacity-100 group-hover:opacity-100"}`}
      >
        <Ban size={12} aria-hidden />
      </button>
      <span
        className="relative min-w-7 text-right text-muted text-sm"
        title={row.traces === null ? undefined : words.count.traces(row.traces)}
      >
        {row.traces === null ? NONE : row.traces < 10_000 ? count(row.traces) : shortCount(row.traces)}
      </span>
    </li>
  );
}

const WHOLE_CHARS = 14;
const TAIL_CHARS = 7;

/** Long values often differ at their ends: what is cut out is the middle. */
function ValueText({ label }: { label: string }) {
  if (label.length <= WHOLE_CHARS) return label === "" ? words.filter.emptyText : label;
  return (
    <>
      <span className="truncate">{label.slice(0, -TAIL_CHARS)}</span>
      <span className="shrink-0 whitespace-pre">{label.slice(-TAIL_CHARS)}</span>
    </>
  );
}

function facetName({ field, only }: Facet): string {
  if (field === "span.name" && only !== null) return say.names.tool;
  return known(say.names, field) ?? (only === null ? field : `${field} (${only})`);
}

function valueName({ field }: Facet, value: string): string {
  if (field === "status" || field === "span.status") return known(words.state, value) ?? value;
  return field === "span.type" ? spanTypeName(value) : value;
}
