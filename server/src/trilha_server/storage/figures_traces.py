"""Figures of traces, made by a walk over their rows."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Column, ColumnElement, select

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.figures import Dimension, FiguresQuery, TraceMeasure
from trilha_server.domain.span import TokenUsage
from trilha_server.domain.trace import TraceState
from trilha_server.storage.assessment_rows import read_assessment
from trilha_server.storage.figures_groups import Grouping, TraceRow, in_records_only
from trilha_server.storage.figures_matches import Matches, Span
from trilha_server.storage.figures_summed import add_summed, can_sum
from trilha_server.storage.figures_totals import MAX_TOKENS, NANO, TOKENS, Group, Place, Totals
from trilha_server.storage.rollup_parts import MAX_DURATION_MS, MAX_NANO_USD, tokens_of
from trilha_server.storage.rollup_rows import TRACE_NUMBERS
from trilha_server.storage.schema import assessment, trace

_COLUMNS: tuple[Column[Any], ...] = (
    trace.c.key,
    trace.c.experiment_id,
    trace.c.kind_set_id,
    trace.c.time_ms,
    trace.c.state,
    trace.c.duration_ms,
    trace.c.tokens_total,
    trace.c.input_tokens,
    trace.c.output_tokens,
    trace.c.cache_read_tokens,
    trace.c.cache_write_tokens,
    trace.c.cost_total,
)
_RECORD = (trace.c.trace_id, trace.c.change, trace.c.record)
_PORTION = 5000
_MEASURES = {TraceMeasure.TOTAL_TOKENS: "tokens_total", TraceMeasure.COST_USD: "cost_total"}
"""Columns that are named otherwise than what they measure."""
_ENDED, _DURATION = TRACE_NUMBERS.index("traces_ended"), TRACE_NUMBERS.index("duration_ms")
_WITH_USAGE = TRACE_NUMBERS.index("traces_with_usage")
_ERROR = TraceState.ERROR.value


class TraceTotals:
    """Adds up traces for one query."""

    def __init__(self, matches: Matches, query: FiguresQuery) -> None:
        self.totals: Totals[TraceMeasure] = Totals(len(TRACE_NUMBERS))
        self.assessments: dict[Place, list[Assessment]] = {}
        self._matches = matches
        self._query = query

    def add(self, conditions: Sequence[ColumnElement[bool]], span: Span, *, are_few: bool) -> None:
        """Add the traces that meet some conditions, all of them of a stretch of time."""
        query, connection = self._query, self._matches.connection
        if not are_few and can_sum(query) and add_summed(self._matches, query, conditions, self.totals):
            return
        group_by = (*query.group_by, Dimension.SESSION) if query.sessions else query.group_by
        with_records = are_few or in_records_only(group_by)
        read_info = lru_cache(_PORTION)(self._matches.info) if with_records else None
        groups = Grouping(connection, query.experiment_ids, group_by, span, read_info)
        said = self._assessments(conditions) if query.assessments else {}
        columns = (*_COLUMNS, *(_RECORD if with_records else ()))
        statement = select(*columns).where(*conditions)
        for rows in connection.execute(statement, execution_options={"yield_per": _PORTION}).partitions():
            self._add_portion(rows, groups.of(rows), said)

    def _add_portion(
        self, rows: Sequence[TraceRow], groups: Iterable[Iterable[Group]], said: Mapping[int, list[Assessment]]
    ) -> None:
        usages = self._older_usages(rows)
        numbers = _numbers(rows, usages)
        size, needs_each = len(self._query.group_by), self._query.needs_each
        places: dict[Place, int] = {}
        place_of: list[int] = []
        row_of: list[int] = []
        for index, (row, its_groups) in enumerate(zip(rows, groups, strict=True)):
            bucket = self._bucket(row.time_ms)
            for group in its_groups:
                place = (bucket, group[:size])
                place_of.append(places.setdefault(place, len(places)))
                row_of.append(index)
                if needs_each:
                    self._add_each(place, row, usages.get(row.key), group[size:], said)
        # By place, and for each place what is between two bounds.
        order = np.argsort(place_of, kind="stable")
        chosen = numbers[np.array(row_of)[order]]
        bounds = np.searchsorted(np.array(place_of)[order], np.arange(len(places) + 1)).tolist()
        for place, number in places.items():
            mine = chosen[bounds[number] : bounds[number + 1]]
            total = self.totals.at(place)
            *summed, errors = mine.sum(axis=0).tolist()
            total.add(summed)
            total.errors += errors
            total.durations += mine[mine[:, _ENDED] == 1, _DURATION].tolist()

    def _add_each(
        self,
        place: Place,
        row: TraceRow,
        usage: TokenUsage | None,
        session: Sequence[str | None],
        said: Mapping[int, list[Assessment]],
    ) -> None:
        """Add what must be known of each trace."""
        total = self.totals.at(place)
        for measure in self._query.measures:
            value = _measured(row, usage, measure)
            if value is not None and math.isfinite(value):
                total.measured.setdefault(measure, []).append(value)
        total.sessions.update(value for value in session if value is not None)
        if row.key in said:
            self.assessments.setdefault(place, []).extend(said[row.key])

    def _bucket(self, time_ms: int) -> int | None:
        bucket_ms = self._query.bucket_ms
        return None if bucket_ms is None else time_ms // bucket_ms * bucket_ms

    def _older_usages(self, rows: Sequence[TraceRow]) -> dict[int, TokenUsage]:
        """Read the tokens of traces that were kept before their rows had all of them."""
        keys = [row.key for row in rows if row.tokens_total is not None and row.input_tokens is None]
        if not keys:
            return {}
        statement = select(trace.c.key, trace.c.experiment_id, *_RECORD).where(self._matches.one_of(keys))
        infos = {row.key: self._matches.info(row) for row in self._matches.connection.execute(statement).all()}
        return {key: info.usage for key, info in infos.items() if info.usage is not None}

    def _assessments(self, conditions: Sequence[ColumnElement[bool]]) -> dict[int, list[Assessment]]:
        found: dict[int, list[Assessment]] = {}
        statement = (
            select(assessment.c.trace_key, assessment.c.body)
            .join(trace, trace.c.key == assessment.c.trace_key)
            .where(assessment.c.valid.is_(True), *conditions)
        )
        for key, body in self._matches.connection.execute(statement):
            found.setdefault(key, []).append(read_assessment(body))
        return found


def _numbers(rows: Sequence[TraceRow], usages: Mapping[int, TokenUsage]) -> "npt.NDArray[np.int64]":
    """List the numbers of each trace in the order of the columns of `trace_sum`, and whether it failed."""
    read = dict(zip((column.name for column in _COLUMNS), zip(*rows, strict=True), strict=False))
    durations, costs = _known(read["duration_ms"], MAX_DURATION_MS), _known(read["cost_total"], math.inf)
    tokens = [_known(read[name], MAX_TOKENS) for name in TOKENS]
    most_usd = MAX_NANO_USD / NANO
    nano = np.rint(np.clip(np.nan_to_num(costs), -most_usd, most_usd) * NANO)
    columns = [
        np.ones(len(rows)),
        ~np.isnan(durations),
        np.nan_to_num(durations),
        ~np.isnan(tokens[TOKENS.index("tokens_total")]),
        *map(np.nan_to_num, tokens),
        ~np.isnan(costs),
        nano,
        np.array(read["state"]) == _ERROR,
    ]
    numbers = np.stack(columns, axis=1).astype(np.int64)
    for index, key in enumerate(read["key"]) if usages else ():
        if key in usages:
            numbers[index, _WITH_USAGE + 1 : _WITH_USAGE + 6] = tokens_of(usages[key])
    return numbers


def _known(values: Sequence[float | None], most: float) -> "npt.NDArray[np.float64]":
    """List numbers, NaN for none, and none below 0 or above what is counted."""
    return np.clip(np.array(values, np.float64), 0 if most < math.inf else -math.inf, most)


def _measured(row: TraceRow, usage: TokenUsage | None, measure: TraceMeasure) -> float | None:
    """Read one thing that was measured."""
    if usage is not None and measure is not TraceMeasure.COST_USD:
        return getattr(usage, measure.value)
    return getattr(row, _MEASURES.get(measure, measure.value))
