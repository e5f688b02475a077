import { count } from "@/format/numbers";
import { text as words } from "@/text";
import { exactUsd, OWN_PRICE, type PriceSource } from "./bill";
import type { Charge } from "./queries";

interface ChargeTableProps {
  lines: readonly Charge[];
  /** Further amounts that are no product, such as what the application set. */
  others?: readonly { words: string; usd: number }[];
  totalUsd: number;
}

/** Tokens times price, line by line, and their sum. */
export function ChargeTable({ lines, others = [], totalUsd }: ChargeTableProps) {
  const kinds: Record<string, string> = words.inspector.cost.kinds;
  return (
    <table className="w-full text-sm [&_td]:py-0.5 [&_td]:pl-3 [&_td]:text-right [&_th]:text-left [&_th]:font-normal">
      <thead className="sr-only">
        <tr>
          <th scope="col">{words.inspector.cost.kind}</th>
          <th scope="col">{words.inspector.cost.tokens}</th>
          <th scope="col">{words.inspector.cost.price}</th>
          <th scope="col">{words.inspector.cost.amount}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={`${line.kind} ${line.usd_per_million}`}>
            <th scope="row">{kinds[line.kind] ?? line.kind}</th>
            <td>{count(line.tokens)}</td>
            <td className="text-muted">× {words.inspector.cost.perMillion(`$${line.usd_per_million}`)}</td>
            <td>= {exactUsd(line.usd)}</td>
          </tr>
        ))}
        {others.map((other) => (
          <tr key={other.words}>
            <th scope="row" colSpan={3}>
              {other.words}
            </th>
            <td>{exactUsd(other.usd)}</td>
          </tr>
        ))}
      </tbody>
      <tfoot className="border-line border-t font-medium">
        <tr>
          <th scope="row" colSpan={3}>
            {words.inspector.cost.total}
          </th>
          <td>{exactUsd(totalUsd)}</td>
        </tr>
      </tfoot>
    </table>
  );
}

/** Whose price was taken, and since when it holds. */
export function PriceSourceNote({ source, asOf }: PriceSource) {
  const whose = source === OWN_PRICE ? words.inspector.cost.ownPrice : source;
  return (
    <p className="text-muted">
      {asOf === null ? words.inspector.cost.source(whose) : words.inspector.cost.sourceAsOf(whose, asOf)}
    </p>
  );
}
