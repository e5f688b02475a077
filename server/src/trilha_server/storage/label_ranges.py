"""Terms of a filter that are ranges of the label index: each is walked in the order in which results are shown."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from sqlalchemy import ColumnElement, FromClause, and_, or_

from trilha_server.domain.filter import And, Attribute, AttributeField, Comparison, Filter, LabelField, Operator, Or
from trilha_server.domain.ids import ExperimentId
from trilha_server.storage.compile import Compiler
from trilha_server.storage.labels import LabelKey, has_one_value, index_value, key_of
from trilha_server.storage.schema import label, trace

MAX_RANGES = 20
"""More values are looked for by the database itself."""


class LabelRange(msgspec.Struct, frozen=True):
    """The traces that have one value, in a time."""

    value: str
    start_ms: int | float | None = None
    """Unix time, inclusive."""
    end_ms: int | float | None = None
    """Exclusive."""


class LabelRanges(msgspec.Struct, frozen=True):
    """The traces that have one of some values of one key; no trace is in two ranges."""

    key_id: int
    ranges: tuple[LabelRange, ...]

    def probe(self, compiler: Compiler) -> ColumnElement[bool]:
        """Ask of a trace at hand whether it is in one of the ranges."""
        return or_(
            *(and_(compiler.label_probe(self.key_id, each.value), *_within(trace, each)) for each in self.ranges)
        )


def label_ranges(compiler: Compiler, term: Filter) -> LabelRanges | None:
    """Read a term as ranges of the index; `None` where it is anything else."""
    read = _read(term)
    if read is None:
        return None
    key, ranges = read
    if len(ranges) > 1 and (len(ranges) > MAX_RANGES or not has_one_value(key) or _overlap(ranges)):
        return None
    key_id = compiler.label_key_id(key)
    return LabelRanges(-1 if key_id is None else key_id, tuple(ranges))


def walked(experiment_id: ExperimentId, key_id: int, part: LabelRange) -> tuple[ColumnElement[bool], ...]:
    """Name the part of the index that a range is."""
    return (
        label.c.experiment_id == experiment_id,
        label.c.key_id == key_id,
        label.c.value == index_value(part.value),
        *_within(label, part),
    )


def _read(term: Filter) -> tuple[LabelKey, list[LabelRange]] | None:
    match term:
        case Comparison():
            return _compared(term)
        case And(terms=[Comparison(operator=Operator.EQ) as first, *times]):
            return _in_time(_compared(first), times)
        case Or(terms=terms):
            return _either([_read(each) for each in terms])
        case _:
            return None


def _compared(term: Comparison) -> tuple[LabelKey, list[LabelRange]] | None:
    key = key_of(term.field) if isinstance(term.field, AttributeField | LabelField) else None
    match key, term.operator, term.value:
        case LabelKey(), Operator.EQ, str() as value:
            return key, [LabelRange(value)]
        case LabelKey(), Operator.IN, tuple() as values:
            return key, [LabelRange(value) for value in dict.fromkeys(values)]
        case _:
            return None


def _in_time(
    found: tuple[LabelKey, list[LabelRange]] | None, times: Sequence[Filter]
) -> tuple[LabelKey, list[LabelRange]] | None:
    if found is None:
        return None
    key, [part] = found
    for term in times:
        match term:
            case Comparison(AttributeField(Attribute.TIMESTAMP_MS), Operator.GE, int() | float() as start_ms):
                part = msgspec.structs.replace(
                    part, start_ms=start_ms if part.start_ms is None else max(start_ms, part.start_ms)
                )
            case Comparison(AttributeField(Attribute.TIMESTAMP_MS), Operator.LT, int() | float() as end_ms):
                part = msgspec.structs.replace(part, end_ms=end_ms if part.end_ms is None else min(end_ms, part.end_ms))
            case _:
                return None
    return key, [part]


def _either(options: Sequence[tuple[LabelKey, list[LabelRange]] | None]) -> tuple[LabelKey, list[LabelRange]] | None:
    ranges: list[LabelRange] = []
    keys: set[LabelKey] = set()
    for option in options:
        if option is None:
            return None
        keys.add(option[0])
        ranges += option[1]
    return (keys.pop(), ranges) if len(keys) == 1 else None


def _overlap(ranges: Sequence[LabelRange]) -> bool:
    """Tell whether a trace may be in two ranges."""
    early, late = float("-inf"), float("inf")
    spans = sorted(
        (part.value, early if part.start_ms is None else part.start_ms, late if part.end_ms is None else part.end_ms)
        for part in ranges
    )
    return any(one[0] == other[0] and other[1] < one[2] for one, other in pairwise(spans))


def _within(table: FromClause, part: LabelRange) -> list[ColumnElement[bool]]:
    """Ask for the time of a range; traces and labels both have it."""
    bounds: list[ColumnElement[bool]] = []
    if part.start_ms is not None:
        bounds.append(table.c.time_ms >= part.start_ms)
    if part.end_ms is not None:
        bounds.append(table.c.time_ms < part.end_ms)
    return bounds
