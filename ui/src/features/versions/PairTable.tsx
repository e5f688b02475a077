import { useState } from "react";
import { text } from "@/text";
import { type Pair, pairsOf } from "./difference";
import type { Version } from "./queries";
import { SideLetter } from "./SidePicker";

/** What both versions were given, side by side; null for a version that is not registered. */
export function PairTable({ a, b }: { a: Version | null; b: Version | null }) {
  const [isAll, setAll] = useState(false);
  const parts = [
    { title: text.versions.params, pairs: pairsOf(a?.params ?? {}, b?.params ?? {}) },
    { title: text.versions.tags, pairs: pairsOf(a?.tags ?? {}, b?.tags ?? {}) },
  ];
  const pairs = parts.flatMap((part) => part.pairs);
  const differing = pairs.filter((pair) => pair.differs).length;
  if (a === null && b === null) return <p className="text-muted">{text.versions.bothUnknown}</p>;
  return (
    <div className="max-w-6xl">
      <div className="mb-1 flex items-center gap-4">
        <span className="text-muted">{text.versions.differing(differing, pairs.length)}</span>
        <label className="inline-flex items-center gap-1.5">
          <input type="checkbox" checked={isAll} onChange={(event) => setAll(event.target.checked)} />
          {text.versions.showEqual}
        </label>
      </div>
      {(a === null || b === null) && <p className="mb-1 text-muted">{text.versions.oneUnknown}</p>}
      {(isAll ? pairs.length : differing) > 0 && (
        <table className="w-full table-fixed">
          <thead>
            <tr className="border-line border-b text-left">
              <td className="w-56" />
              <th aria-label={text.versions.sideA}>
                <SideLetter letter="A" />
              </th>
              <th aria-label={text.versions.sideB}>
                <SideLetter letter="B" />
              </th>
            </tr>
          </thead>
          {parts.map(({ title, pairs }) => (
            <PairRows key={title} title={title} pairs={isAll ? pairs : pairs.filter((pair) => pair.differs)} />
          ))}
        </table>
      )}
    </div>
  );
}

function PairRows({ title, pairs }: { title: string; pairs: readonly Pair[] }) {
  if (pairs.length === 0) return null;
  return (
    <tbody>
      <tr>
        <th colSpan={3} scope="rowgroup" className="pt-2 text-left font-normal text-faint text-sm">
          {title}
        </th>
      </tr>
      {pairs.map((pair) => (
        <tr key={pair.key} className="border-line border-b align-top">
          <th scope="row" className="break-words py-1 pr-3 text-left font-normal text-muted">
            {pair.key}
          </th>
          {[pair.a, pair.b].map((value, side) => (
            <td key={side === 0 ? "a" : "b"} className={`break-words py-1 pr-4 ${pair.differs ? "font-medium" : ""}`}>
              {value ?? <span className="font-normal text-faint">{text.app.none}</span>}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
