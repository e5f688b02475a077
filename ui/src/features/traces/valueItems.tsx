import { Columns3, Copy, EyeOff, Filter, FilterX, Group } from "lucide-react";
import type { ListView } from "@/address/view";
import { copy } from "@/components/clipboard";
import type { MenuItem } from "@/components/Menu";
import { andFilter, fieldName, withTerm } from "@/filter/terms";
import type { Column } from "@/table/columns";
import { placesOf, toggled, writeLayout } from "@/table/layout";
import { text } from "@/text";
import { valueWords } from "./columns";
import type { Trace } from "./live";
import { cellValue } from "./values";

const words = text.traces.values;
const SIZE = 14;

interface ValueItemsOf {
  trace: Trace;
  columnId: string;
  columns: readonly Column<Trace>[];
  view: ListView;
  onView: (view: Partial<ListView>) => void;
}

export function valueItems({ trace, columnId, columns, view, onView }: ValueItemsOf): MenuItem[] {
  const cell = cellValue(columnId, trace);
  const q = view.q ?? "";
  const items: MenuItem[] = [];
  const filter = (key: string, label: string, next: string, icon = <Filter size={SIZE} aria-hidden />) =>
    items.push({ key, label, icon, onChoose: () => onView({ q: next }) });
  if (cell?.field && cell.value !== null) {
    const { field, value } = cell;
    const shown = valueWords(columnId, value);
    if (cell.kind === "text") {
      filter("include", words.include(shown), withTerm(q, field, value));
      filter(
        "exclude",
        words.exclude(shown),
        withTerm(q, field, value, { negated: true }),
        <FilterX size={SIZE} aria-hidden />,
      );
    } else {
      const [most, least] = cell.kind === "time" ? [words.until, words.from] : [words.atMost, words.atLeast];
      filter("least", least(shown), withTerm(q, field, value, { operator: ">=" }));
      filter("most", most(shown), withTerm(q, field, value, { operator: "<=" }));
    }
  } else if (cell?.field) {
    filter("missing", words.missing, andFilter(q, `${cell.field} IS NULL`));
    filter("present", words.present, andFilter(q, `${cell.field} IS NOT NULL`));
  }
  if (cell?.group) {
    const { group } = cell;
    items.push({
      key: "group",
      label: words.group,
      icon: <Group size={SIZE} aria-hidden />,
      onChoose: () => onView({ group, sort: undefined }),
    });
  }
  const places = placesOf(columns, view.cols);
  if (places.length > 1 && !columns.some((one) => one.id === columnId && one.isFixed)) {
    const hide = () => onView({ cols: writeLayout(toggled(places, columnId)) });
    items.push({ key: "hide", label: words.hideColumn, icon: <EyeOff size={SIZE} aria-hidden />, onChoose: hide });
  }
  const value = cell?.value ?? null;
  const icon = <Copy size={SIZE} aria-hidden />;
  if (value !== null) items.push({ key: "copy", label: words.copy, icon, onChoose: () => void copy(value) });
  if (columnId === "tags") {
    for (const [key] of Object.entries(trace.tags).filter(([key]) => !key.startsWith("mlflow."))) {
      const add = () => onView({ cols: writeLayout([...places, { id: fieldName("tags", key), widthPx: null }]) });
      items.push({
        key: `tag ${key}`,
        label: `${words.addColumn}: ${key}`,
        icon: <Columns3 size={SIZE} aria-hidden />,
        onChoose: add,
      });
    }
  }
  items.push({ key: "id", label: words.copyId, icon, onChoose: () => void copy(trace.trace_id) });
  return items;
}
