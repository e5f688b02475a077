import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { Minus, Plus } from "lucide-react";
import type { ReactNode } from "react";
import type { Schemas } from "@/api/client";
import { percent } from "@/format/numbers";
import { text } from "@/text";
import { narrowed } from "./narrowed";
import { Panel } from "./Panel";
import { differencesQuery, type Sides } from "./queries";
import { type Board, linkTo } from "./view";

const words = text.monitoring.differs;

interface DiffersPanelProps {
  board: Board;
  title: string;
  /** B is what is looked at, A all else. */
  sides: Sides;
  hint?: string;
  /** Ends the comparison. */
  close?: ReactNode;
}

/** Attributes whose values are distributed otherwise among some traces than among the rest. */
export function DiffersPanel({ board, title, sides, hint, close }: DiffersPanelProps) {
  const query = useQuery(differencesQuery(board, board.period, sides));
  return (
    <Panel
      title={title}
      query={query}
      heightPx={90}
      isWide
      aside={
        <span className="flex items-center gap-3">
          {hint}
          {query.data && words.compared(query.data.compared, query.data.a.traces, query.data.b.traces)}
          <span className="ml-auto">{close}</span>
        </span>
      }
      nothing={(data) => {
        if (data.a.traces === 0 || data.b.traces === 0) return words.tooFew;
        return data.attributes.length === 0 ? words.nothing : null;
      }}
    >
      {({ attributes }) => (
        <div className="max-h-96 overflow-auto">
          <table aria-label={title} className="w-full border-collapse">
            <thead className="sticky top-0 bg-bg-raised">
              <tr className="text-left text-muted text-sm">
                <th scope="col" className="h-7 w-56 border-line border-b font-normal">
                  {words.attribute}
                </th>
                <th scope="col" className="border-line border-b font-normal">
                  {words.value}
                </th>
                <th scope="col" className="w-44 border-line border-b font-normal">
                  {words.those}
                </th>
                <th scope="col" className="w-44 border-line border-b font-normal">
                  {words.rest}
                </th>
                <th className="w-16 border-line border-b" />
              </tr>
            </thead>
            {attributes.map((attribute) => (
              <Attribute key={`${attribute.attribute} ${attribute.only}`} {...{ board, sides, attribute }} />
            ))}
          </table>
        </div>
      )}
    </Panel>
  );
}

interface AttributeProps {
  board: Board;
  sides: Sides;
  attribute: Schemas["AttributeModel"];
}

function Attribute({ board, sides, attribute }: AttributeProps) {
  return (
    <tbody className="border-line border-b">
      {attribute.values.map((value, index) => (
        <tr key={value.filter} className="h-7 hover:bg-bg-hover">
          {index === 0 && (
            <th
              scope="rowgroup"
              rowSpan={attribute.values.length}
              className="pt-1 pr-3 text-left align-top font-normal"
            >
              <span className="block max-w-56 truncate">{attribute.attribute}</span>
              {attribute.only && <span className="block max-w-56 truncate text-faint text-sm">{attribute.only}</span>}
            </th>
          )}
          <td className="max-w-0 truncate pr-3">{value.value ?? <span className="text-faint">{words.none}</span>}</td>
          <td>
            <Share value={value.share_b} hue="var(--accent)" link={side(board, sides.b, value.filter)} />
          </td>
          <td>
            <Share value={value.share_a} hue="var(--text-faint)" link={side(board, sides.a, value.filter)} />
          </td>
          <td className="text-right">
            <Narrow board={board} value={value} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

function side(board: Board, of: string, condition: string): LinkProps {
  return linkTo(board, narrowed(narrowed(board.q, of), condition), board.t);
}

function Share({ value, hue, link }: { value: number; hue: string; link: LinkProps }) {
  return (
    <Link {...link} className="flex items-center gap-2 pr-3 no-underline hover:underline">
      <span className="h-2 flex-1">
        <span className="block h-full min-w-px rounded-xs" style={{ width: `${value * 100}%`, background: hue }} />
      </span>
      <span className="w-14 text-right">{percent(value)}</span>
    </Link>
  );
}

/** Take a value into the filter of the page, or leave it out. */
function Narrow({ board, value }: { board: Board; value: Schemas["AttributeModel"]["values"][number] }) {
  const name = value.value ?? words.none;
  const look = "inline-flex size-6 items-center justify-center rounded text-muted hover:bg-bg-selected hover:text-ink";
  const page = { to: "/experiments/$experimentId/monitoring", params: { experimentId: board.experimentId } } as const;
  const include = narrowed(board.q, value.filter);
  const exclude = narrowed(board.q, `NOT (${value.filter})`);
  return (
    <>
      <Link
        {...page}
        search={(old) => ({ ...old, q: include })}
        aria-label={words.include(name)}
        title={words.include(name)}
        className={look}
      >
        <Plus size={14} aria-hidden />
      </Link>
      <Link
        {...page}
        search={(old) => ({ ...old, q: exclude })}
        aria-label={words.exclude(name)}
        title={words.exclude(name)}
        className={look}
      >
        <Minus size={14} aria-hidden />
      </Link>
    </>
  );
}
