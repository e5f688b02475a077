import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "@/components/Button";
import { andFilter } from "@/filter/terms";
import { count, percent } from "@/format/numbers";
import { text } from "@/text";
import type { ComparedSidesProps } from "./ComparedSides";
import type { Differences } from "./queries";
import { SideLetter } from "./SidePicker";

interface DifferenceListProps extends ComparedSidesProps {
  found: Differences;
  isStale: boolean;
}

type Attribute = Differences["attributes"][number];

/** So many attributes are shown before somebody asks for all. */
const FIRST = 6;

/** What else differs between the traces of both, the most different first. */
export function DifferenceList({ found, isStale, ...sides }: DifferenceListProps) {
  const [isAll, setAll] = useState(false);
  const words = text.versions;
  if (found.attributes.length === 0) return <p className="text-muted">{words.noDifferences(found.compared)}</p>;
  const shown = isAll ? found.attributes : found.attributes.slice(0, FIRST);
  return (
    <div className={isStale ? "opacity-60" : ""}>
      <p className="mb-2 text-muted">{words.differenceCount(found.different, found.compared)}</p>
      <div className="grid max-w-6xl gap-x-10 gap-y-5 xl:grid-cols-2">
        {shown.map((one) => (
          <AttributeShift key={`${one.attribute} ${one.only}`} attribute={one} sides={sides} />
        ))}
      </div>
      {found.attributes.length > FIRST && (
        <Button className="mt-3" onClick={() => setAll(!isAll)}>
          {isAll ? words.fewerDifferences : words.moreDifferences(found.attributes.length - FIRST)}
        </Button>
      )}
    </div>
  );
}

function AttributeShift({ attribute, sides }: { attribute: Attribute; sides: ComparedSidesProps }) {
  return (
    <section aria-label={attribute.attribute} className="min-w-0">
      <h3 className="mb-0.5 flex items-baseline gap-2">
        <span className="min-w-0 truncate font-medium" title={attribute.attribute}>
          {attribute.attribute}
        </span>
        {attribute.only && <code className="font-mono text-muted text-sm">{attribute.only}</code>}
      </h3>
      <table className="w-full table-fixed">
        <tbody>
          {attribute.values.map((value) => (
            <tr key={value.filter} className="border-line border-b">
              <th
                scope="row"
                className="w-[38%] truncate py-1 pr-3 text-left font-normal"
                title={value.value ?? value.filter}
              >
                {value.value ?? <span className="text-faint">{text.app.none}</span>}
              </th>
              <ShareCell of="a" value={value} sides={sides} />
              <ShareCell of="b" value={value} sides={sides} />
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface ShareCellProps {
  of: "a" | "b";
  value: Attribute["values"][number];
  sides: ComparedSidesProps;
}

/** How many of a side's traces have a value, as a bar that leads to them. */
function ShareCell({ of, value, sides }: ShareCellProps) {
  const { experimentId, q, t } = sides;
  const [share, traces] = of === "a" ? [value.share_a, value.count_a] : [value.share_b, value.count_b];
  return (
    <td className="py-1 pr-3">
      <Link
        to="/experiments/$experimentId/traces"
        params={{ experimentId }}
        search={{ q: andFilter(andFilter(sides[of].filter, value.filter), q), t }}
        title={text.count.traces(traces)}
        className="flex items-center gap-2 no-underline hover:underline"
      >
        <SideLetter letter={of === "a" ? "A" : "B"} />
        <span className="relative h-2 flex-1 rounded-sm bg-bg-hover" aria-hidden>
          <span className="absolute inset-y-0 left-0 rounded-sm bg-accent" style={{ width: `${share * 100}%` }} />
        </span>
        <span className="w-14 text-right">{percent(share)}</span>
        <span className="sr-only">{count(traces)}</span>
      </Link>
    </td>
  );
}
