"""What figures are grouped by: from names to dimensions, and from the length of a time step to milliseconds."""

import re
from collections.abc import Sequence
from typing import TypeVar

from lark import Token

from trilha_server.domain.errors import InvalidFilter, InvalidInput
from trilha_server.domain.figures import Dimension, GroupBy, KeyDimension, SpanDimension
from trilha_server.domain.filter import LabelField, LabelScope
from trilha_server.search.fields import TRACE_VOCABULARY, did_you_mean
from trilha_server.search.printing import print_field
from trilha_server.search.syntax import children, segments, shown, syntax_tree

T = TypeVar("T")

MAX_DIMENSIONS = 5
MAX_STEP_MS = 10 * 366 * 86_400_000

_DIMENSIONS = tuple(dimension.value for dimension in Dimension)
_SPAN_DIMENSIONS = tuple(dimension.value for dimension in SpanDimension)
_KEYED = ("tags", "tag", "metadata", "request_metadata")
_UNIT_MS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_STEP = re.compile(r"([0-9]{1,12})\s*([a-z]*)", re.ASCII)


def parse_group_by(names: Sequence[str]) -> tuple[GroupBy, ...]:
    """Read what traces are grouped by. Raises `InvalidFilter`; positions are those in the name."""
    return _each_once([_group_by(text) for text in names], names)


def parse_span_group_by(names: Sequence[str]) -> tuple[SpanDimension, ...]:
    """Read what spans are grouped by. Raises `InvalidFilter`."""
    return _each_once([span_dimension(text) for text in names], names)


def span_dimension(name: str) -> SpanDimension:
    """Read one dimension of spans. Raises `InvalidFilter`."""
    short = name.strip().removeprefix("span.")
    if short not in _SPAN_DIMENSIONS:
        hint = did_you_mean(short, _SPAN_DIMENSIONS)
        raise InvalidFilter(
            f"spans have no '{shown(name)}' to group by{hint}; use {', '.join(_SPAN_DIMENSIONS)}", position=0
        )
    return SpanDimension(short)


def parse_step_ms(step: str | int) -> int:
    """Read the length of a time step, as milliseconds or such as `15m`, `1h`, `1d`. Raises `InvalidInput`."""
    found = _STEP.fullmatch(str(step).strip())
    unit_ms = None if found is None else _UNIT_MS.get(found[2] or "ms")
    length_ms = 0 if found is None or unit_ms is None else int(found[1]) * unit_ms
    if length_ms <= 0:
        raise InvalidInput(
            f"a time step is a number of milliseconds, or such as '15m', '1h', '1d', not '{shown(str(step))}'; "
            f"units are {', '.join(_UNIT_MS)}"
        )
    if length_ms > MAX_STEP_MS:
        raise InvalidInput("a time step is at most ten years long")
    return length_ms


def print_group_by(dimension: GroupBy) -> str:
    """Write a dimension by its first name."""
    match dimension:
        case KeyDimension(key=key, metadata=metadata):
            return print_field(LabelField(LabelScope.METADATA if metadata else LabelScope.TAG, key))
        case Dimension():
            return dimension.value


def _group_by(text: str) -> GroupBy:
    match children(syntax_tree(text, "order")):
        case [Token() as path, None]:
            position = path.start_pos or 0
        case _:
            raise InvalidFilter(f"groups have no order; write '{shown(text.split(maxsplit=1)[0])}' alone", position=0)
    prefix, *rest = segments(path)
    if rest and prefix in _KEYED:
        field = TRACE_VOCABULARY.field(path, position)
        assert isinstance(field, LabelField)
        return KeyDimension(field.key, metadata=field.scope is LabelScope.METADATA)
    if prefix in _KEYED:
        raise InvalidFilter(f"'{prefix}' needs a key; write {prefix}.<key>", position=position)
    name = ".".join((prefix, *rest))
    if name not in _DIMENSIONS:
        hint = did_you_mean(name, (*_DIMENSIONS, *_KEYED)) or (did_you_mean(prefix, _KEYED) if rest else "")
        valid = ", ".join((*_DIMENSIONS, "tags.<key>", "metadata.<key>"))
        raise InvalidFilter(f"cannot group by '{shown(name)}'{hint}; use {valid}", position=position)
    return Dimension(name)


def _each_once(found: list[T], names: Sequence[str]) -> tuple[T, ...]:
    if len(found) > MAX_DIMENSIONS:
        raise InvalidFilter(f"at most {MAX_DIMENSIONS} things to group by; leave some out")
    for place, one in enumerate(found):
        if one in found[:place]:
            raise InvalidFilter(f"'{shown(names[place])}' is there already; leave it out", position=0)
    return tuple(found)
