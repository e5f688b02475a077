import { useQuery } from "@tanstack/react-query";
import { Link, type LinkProps } from "@tanstack/react-router";
import { ArrowDown, ArrowUp } from "lucide-react";
import { fieldName } from "@/filter/terms";
import { count, duration, measured, percent, shortCount, usd } from "@/format/numbers";
import { text } from "@/text";
import { type Change, pointChange, relativeChange } from "./change";
import { feedbackOf, isShare, leadingFeedback, type Said } from "./feedback";
import { saidQuery, totalsQuery } from "./queries";
import type { TraceRow } from "./rows";
import { FAILED } from "./TrafficPanels";
import { type Board, tracesLink } from "./view";

const words = text.monitoring;

type Amount = number | null | undefined;

interface KeyNumber {
  readonly label: string;
  readonly value: string;
  readonly before: string;
  readonly change: Change | null;
  readonly link: LinkProps;
  readonly isError?: boolean;
}

interface Measured {
  readonly label: string;
  readonly now: Amount;
  readonly before: Amount;
  readonly written: (value: Amount) => string;
  /** Finds what it counts. */
  readonly condition: string;
  readonly changeOf?: (now: Amount, before: Amount) => Change | null;
}

function keyNumber(
  board: Board,
  { label, now, before, written, condition, changeOf = relativeChange }: Measured,
): KeyNumber {
  return {
    label,
    value: written(now),
    before: written(before),
    change: changeOf(now, before),
    link: tracesLink(board, condition),
  };
}

/** What the period comes to, each number beside the time before, and a link to what it counts. */
export function KeyNumbers({ board }: { board: Board }) {
  const totals = useQuery(totalsQuery(board, board.period));
  const totalsBefore = useQuery(totalsQuery(board, board.before));
  const said = useQuery(saidQuery(board, board.period));
  const saidBefore = useQuery({ ...saidQuery(board, board.before), enabled: said.isSuccess });
  const numbers = [
    ...numbersOf(board, totals.data?.rows[0], totalsBefore.data?.rows[0]),
    feedbackNumber(board, feedbackOf(said.data?.rows[0]), feedbackOf(saidBefore.data?.rows[0])),
  ];
  return (
    <ul
      aria-label={words.numbers}
      aria-busy={totals.isFetching || totalsBefore.isFetching}
      className="grid grid-cols-2 divide-line overflow-hidden rounded-md border border-line bg-bg-raised sm:grid-cols-3 lg:grid-cols-6 lg:divide-x"
    >
      {numbers.map((number) => (
        <li key={number.label}>
          <Link {...number.link} className="block h-full px-3 py-2 no-underline hover:bg-bg-hover">
            <span className="block truncate text-muted text-sm">{number.label}</span>
            <span className="flex items-baseline gap-2">
              <span className={`font-semibold text-lg ${number.isError ? "text-error" : ""}`}>{number.value}</span>
              {number.change && <ChangeMark change={number.change} before={number.before} />}
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function numbersOf(board: Board, now: TraceRow | undefined, before: TraceRow | undefined): KeyNumber[] {
  const p95 = (row?: TraceRow) => row?.duration_ms.percentiles.p95;
  const tokens = (row?: TraceRow) => row?.tokens?.total_tokens;
  const slow = p95(now) === undefined ? "" : `execution_time_ms >= ${Math.floor(p95(now) ?? 0)}`;
  const number = (measure: Measured) => keyNumber(board, measure);
  return [
    number({ label: words.traces, now: now?.traces, before: before?.traces, written: count, condition: "" }),
    {
      ...number({
        label: words.errorRate,
        now: now?.error_rate,
        before: before?.error_rate,
        written: percent,
        condition: FAILED,
        changeOf: pointChange,
      }),
      isError: (now?.errors ?? 0) > 0,
    },
    number({ label: words.slow, now: p95(now), before: p95(before), written: duration, condition: slow }),
    number({
      label: words.tokens,
      now: tokens(now),
      before: tokens(before),
      written: shortCount,
      condition: "tokens.total > 0",
    }),
    number({
      label: words.cost,
      now: now?.cost_usd,
      before: before?.cost_usd,
      written: usd,
      condition: "cost.total > 0",
    }),
  ];
}

/** What was said that matters most: the share of yes, or the mean. */
function feedbackNumber(board: Board, now: Said[], before: Said[]): KeyNumber {
  const leading = leadingFeedback(now);
  const isOfYes = leading !== null && isShare(leading);
  return keyNumber(board, {
    label: leading?.name ?? words.feedback,
    now: leading?.score.mean,
    before: before.find((one) => one.name === leading?.name)?.score.mean,
    written: isOfYes ? percent : measured,
    condition: leading === null ? "" : `${fieldName("feedback", leading.name)} IS NOT NULL`,
    changeOf: isOfYes ? pointChange : relativeChange,
  });
}

/** By how much it went up or down. Whether that is good depends on what it is, so no colour judges it. */
function ChangeMark({ change: { words: by, direction }, before }: { change: Change; before: string }) {
  const Arrow = direction === "up" ? ArrowUp : ArrowDown;
  const said = words.sinceBefore[direction](by, before);
  return (
    <span className="inline-flex items-center text-muted text-sm" title={said}>
      {direction !== "same" && <Arrow size={12} aria-hidden />}
      <span aria-hidden>{by}</span>
      <span className="sr-only">{said}</span>
    </span>
  );
}
