"""Figures of traces, read from the sums that the writer keeps by the hour and the day."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, FromClause, Row, select

from trilha_server.domain.figures import HOUR_MS, FiguresQuery, GroupBy, TraceMeasure
from trilha_server.domain.filter import And, Attribute, AttributeField, Comparison, Filter, LabelField, Operator
from trilha_server.domain.trace import TraceState
from trilha_server.storage.figures_groups import COLUMNS, label_key_of
from trilha_server.storage.figures_matches import Matches, Span
from trilha_server.storage.figures_totals import Group, Place, Totals
from trilha_server.storage.labels import LabelKey, index_value, key_of
from trilha_server.storage.rollup_deltas import ALL, DAY_HOURS, NAME, VERSION
from trilha_server.storage.rollup_parts import NO_VALUE
from trilha_server.storage.rollup_rows import TRACE_NUMBERS
from trilha_server.storage.schema import trace_sum

_KEYS: dict[LabelKey | None, str] = {
    key_of(AttributeField(Attribute.NAME)): NAME,
    key_of(AttributeField(Attribute.VERSION)): VERSION,
}


HourRow = Row[*tuple[Any, ...]]
_ERROR = TraceState.ERROR.value


class Steps(msgspec.Struct, frozen=True):
    """Rows of sums that follow each other."""

    hours: int
    """How long each step is."""
    first: int | None
    """The first hour; `None` from the beginning on."""
    end: int | None
    """The hour after the last one; `None` to the end."""

    def conditions(self, table: FromClause) -> list[ColumnElement[bool]]:
        """Ask for them."""
        bounds: list[ColumnElement[bool]] = [table.c.hours == self.hours]
        if self.first is not None:
            bounds.append(table.c.hour >= self.first)
        if self.end is not None:
            bounds.append(table.c.hour < self.end)
        return bounds


class WholeHours(msgspec.Struct, frozen=True):
    """The part of a stretch of time that hours fill, and what is left at its ends."""

    steps: list[Steps]
    span: Span
    """What the steps cover."""
    edges: list[Span]


def whole_hours(span: Span, bucket_ms: int | None) -> WholeHours | None:
    """Part a stretch of time into steps that sums are kept of; `None` where no whole hour is in it."""
    first = None if span.start_ms is None else -(-span.start_ms // HOUR_MS)
    end = None if span.end_ms is None else span.end_ms // HOUR_MS
    if first is not None and end is not None and first >= end:
        return None
    inner = Span(None if first is None else first * HOUR_MS, None if end is None else end * HOUR_MS)
    edges: list[Span] = []
    if span.start_ms != inner.start_ms:
        edges.append(Span(span.start_ms, inner.start_ms))
    if span.end_ms != inner.end_ms:
        edges.append(Span(inner.end_ms, span.end_ms))
    may_be_days = (bucket_ms or 0) % (DAY_HOURS * HOUR_MS) == 0
    return WholeHours(_days(first, end) if may_be_days else [Steps(1, first, end)], inner, edges)


def _days(first: int | None, end: int | None) -> list[Steps]:
    """Part hours into days, and hours before and after them."""
    first_day = None if first is None else -(-first // DAY_HOURS) * DAY_HOURS
    end_day = None if end is None else end // DAY_HOURS * DAY_HOURS
    if first_day is not None and end_day is not None and first_day >= end_day:
        return [Steps(1, first, end)]
    steps = [Steps(DAY_HOURS, first_day, end_day)]
    if first != first_day:
        steps.append(Steps(1, first, first_day))
    if end != end_day:
        steps.append(Steps(1, end_day, end))
    return steps


class HourQuestion(msgspec.Struct, frozen=True):
    """A query as the rows of hours can answer it."""

    dimension: str
    states: tuple[str, ...] | None
    """The only ones; `None` for all."""
    values: tuple[str, ...] | None


def hour_question(query: FiguresQuery, tree: Filter | None) -> HourQuestion | None:
    """Say what to ask the rows of hours for; `None` where they cannot answer."""
    if query.needs_each or (query.bucket_ms or HOUR_MS) % HOUR_MS:
        return None
    dimensions = {_dimension(each) for each in query.group_by}
    states: set[str] | None = None
    values: set[str] | None = None
    for term in _terms(tree):
        named = _named(term)
        if named is None:
            return None
        dimension, texts = named
        dimensions.add(dimension)
        if dimension == ALL:
            states = texts if states is None else states & texts
        else:
            texts = set(map(index_value, texts))
            values = texts if values is None else values & texts
    dimensions.discard(ALL)
    if None in dimensions or len(dimensions) > 1:
        return None
    return HourQuestion(
        next(iter(dimensions), None) or ALL,
        None if states is None else tuple(sorted(states)),
        None if values is None else tuple(sorted(values)),
    )


def add_hours(
    matches: Matches, query: FiguresQuery, asked: HourQuestion, hours: WholeHours, totals: Totals[TraceMeasure]
) -> None:
    """Add what the rows of hours hold."""
    table = trace_sum.c
    conditions: list[ColumnElement[bool]] = [
        table.experiment_id.in_(query.experiment_ids),
        table.dimension == asked.dimension,
    ]
    if asked.states is not None:
        conditions.append(table.state.in_(asked.states))
    if asked.values is not None:
        conditions.append(table.value.in_(asked.values))
    numbers = (table[name] for name in TRACE_NUMBERS)
    statement = select(table.experiment_id, table.hour, table.value, table.state, table.durations, *numbers)
    group_of = _group_reader(query)
    by_place: dict[Place, list[HourRow]] = {}
    for steps in hours.steps:
        found = statement.where(*conditions, *steps.conditions(trace_sum))
        for row in matches.connection.execute(found).all():
            bucket = None if query.bucket_ms is None else row.hour * HOUR_MS // query.bucket_ms * query.bucket_ms
            by_place.setdefault((bucket, group_of(row)), []).append(row)
    for place, rows in by_place.items():
        total = totals.at(place)
        total.add([sum(column) for column in zip(*(row[5:] for row in rows), strict=True)])
        total.histograms += [bytes(row.durations) for row in rows]
        total.errors += sum(row.traces for row in rows if row.state == _ERROR)


def _group_reader(query: FiguresQuery) -> Callable[[HourRow], Group]:
    """Make the reader of a row's group."""
    if not query.group_by:
        return lambda _: ()
    names = [COLUMNS.get(each, "value") for each in query.group_by]
    read = attrgetter(*names)

    def read_group(row: HourRow) -> Group:
        values = (read(row),) if len(names) == 1 else read(row)
        return tuple(None if value == NO_VALUE else str(value) for value in values)

    return read_group


def _dimension(each: GroupBy) -> str | None:
    if each in COLUMNS:
        return ALL
    return _KEYS.get(label_key_of(each))


def _terms(tree: Filter | None) -> list[Filter]:
    if tree is None:
        return []
    return [inner for term in tree.terms for inner in _terms(term)] if isinstance(tree, And) else [tree]


def _named(term: Filter) -> tuple[str, set[str]] | None:
    """Read a term that asks for a state, a name or a version."""
    if not isinstance(term, Comparison) or not isinstance(term.field, AttributeField | LabelField):
        return None
    is_state = term.field == AttributeField(Attribute.STATUS)
    dimension = ALL if is_state else _KEYS.get(key_of(term.field))
    match dimension, term.operator, term.value:
        case str(), Operator.EQ, str() as text:
            return dimension, {text}
        case str(), Operator.IN, tuple() as texts:
            return dimension, set(texts)
        case _:
            return None
