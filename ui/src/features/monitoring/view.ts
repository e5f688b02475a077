/** What the panels of a board have in common, and the way from them to traces. */
import { type LinkProps, useNavigate } from "@tanstack/react-router";
import { carried } from "@/address/view";
import type { Span } from "@/charts/MarkerLines";
import type { Marker } from "@/charts/series";
import { exactRange } from "@/time/range";
import { narrowed } from "./narrowed";
import type { Period } from "./period";
import type { Scope } from "./queries";

export interface Board extends Scope {
  /** The time as the address has it. */
  readonly t: string | undefined;
  readonly period: Period;
  readonly before: Period;
  /** Whether charts show the time before. */
  readonly withBefore: boolean;
  /** When versions were first seen. */
  readonly markers: readonly Marker[];
  /** The part of the time that is compared with the rest. */
  readonly chosen: Span | null;
}

/** The traces of a board that fit a condition too. */
export function tracesLink(board: Board, condition = ""): LinkProps {
  return linkTo(board, narrowed(board.q, condition), board.t);
}

/** Those of a filter at a time, both as addresses have them. */
export function linkTo({ experimentId }: Scope, q: string, t: string | undefined): LinkProps {
  return {
    to: "/experiments/$experimentId/traces",
    params: { experimentId },
    search: carried({ q, t }),
  } as LinkProps;
}

/** What charts do when they are clicked or dragged. `conditionOf` says what a series counts; `ofBefore` is the place of the time before. */
export function useChartActions(
  board: Board,
  conditionOf: (seriesIndex: number, startMs: number) => string,
  ofBefore?: number,
) {
  const navigate = useNavigate();
  return {
    onPoint: (startMs: number, endMs: number, seriesIndex: number) => {
      const q = narrowed(board.q, conditionOf(seriesIndex, startMs));
      const backMs = seriesIndex === ofBefore ? board.period.startMs - board.before.startMs : 0;
      void navigate(linkTo(board, q, exactRange(startMs - backMs, endMs - backMs)));
    },
    onZoom: (startMs: number, endMs: number) => {
      void navigate({
        to: ".",
        search: (old: object) => ({ ...old, t: exactRange(startMs, endMs), differs: undefined }),
      });
    },
    onChoose: (startMs: number, endMs: number) => {
      void navigate({ to: ".", search: (old: object) => ({ ...old, differs: exactRange(startMs, endMs) }) });
    },
  };
}

/** Another board of the same traces. */
export function boardLink({ experimentId }: Pick<Scope, "experimentId">, board: string): LinkProps {
  return {
    to: "/experiments/$experimentId/monitoring",
    params: { experimentId },
    search: (old: object) => ({ ...old, board: board === "overview" ? undefined : board }),
  } as LinkProps;
}
