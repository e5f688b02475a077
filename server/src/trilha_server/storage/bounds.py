"""Comparisons of one column in SQL. Where SQL cannot decide, it gives bounds: what may match, and what surely does."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, false, func, not_, or_, true

from trilha_server.domain.filter import Comparison, Operator
from trilha_server.storage.labels import CUT_MARK, index_value

PATTERNS = frozenset({Operator.LIKE, Operator.ILIKE, Operator.RLIKE})

_JSON_STARTS = ('"', "[", "{")
_NUMBER_STARTS = tuple("-0123456789")


class Bounds(msgspec.Struct, frozen=True):
    """A condition from above and from below."""

    maybe: ColumnElement[bool]
    """True of everything that matches."""
    surely: ColumnElement[bool]
    """True of nothing that does not match."""
    exact: bool
    """Whether both are the same."""


def exactly(sql: ColumnElement[bool]) -> Bounds:
    """Say that SQL decides."""
    return Bounds(sql, sql, True)


def text_bounds(
    column: ColumnElement[Any],
    term: Comparison,
    *,
    is_sqlite: bool,
    may_be_cut: bool,
    stored: Callable[[str], str] = index_value,
) -> Bounds:
    """Compare text. The index holds long values cut (`stored` says how); patterns must see the whole of them."""
    if term.operator not in PATTERNS:
        return exactly(_equality(column, term, stored))
    value = term.value
    assert isinstance(value, str)
    unsure = column.contains(CUT_MARK) if may_be_cut else false()
    if "\x00" in value:  # no text in a column holds it, and the databases stop reading there
        return Bounds(unsure, false(), exact=not may_be_cut)
    match term.operator:
        case Operator.LIKE:
            sql = column.like(_pattern(value, is_sqlite=is_sqlite))
        case Operator.ILIKE:
            sql = func.lower(column).like(_pattern(value.lower(), is_sqlite=is_sqlite))
            if not is_sqlite:  # what lower() does beyond ASCII depends on the database's locale
                unsure = or_(unsure, func.octet_length(column) != func.char_length(column))
        case _ if is_sqlite:
            sql = column.regexp_match(value)
        case _:  # PostgreSQL's regular expressions are not RE2's
            return Bounds(true(), false(), exact=False)
    if is_sqlite and not may_be_cut:
        return exactly(sql)
    return Bounds(or_(sql, unsure), and_(sql, not_(unsure)), exact=not may_be_cut and term.operator is Operator.LIKE)


def number_condition(column: ColumnElement[Any], term: Comparison) -> ColumnElement[bool]:
    """Compare a number; a missing one matches nothing but IS NULL."""
    value = term.value
    match term.operator:
        case Operator.IS_NULL:
            return column.is_(None)
        case Operator.IS_NOT_NULL:
            return column.is_not(None)
        case Operator.EQ:
            found = column == value
        case Operator.NE:
            found = column != value
        case Operator.GT:
            found = column > value
        case Operator.GE:
            found = column >= value
        case Operator.LT:
            found = column < value
        case Operator.LE:
            found = column <= value
        case _:
            return false()
    return and_(column.is_not(None), found)


def is_plain(value: str) -> bool:
    """Tell whether a text equals the same stored texts for the filter and for SQL.

    What begins like JSON or like a number with an exponent may be written in another way, and NUL is kept as another
    character.
    """
    is_written_otherwise = value[:1] in _JSON_STARTS or (value[:1] in _NUMBER_STARTS and "e" in value.lower())
    return not is_written_otherwise and "\x00" not in value and "\ufffd" not in value


def _equality(column: ColumnElement[Any], term: Comparison, stored: Callable[[str], str]) -> ColumnElement[bool]:
    value = term.value
    match term.operator:
        case Operator.IS_NULL:
            return column.is_(None)
        case Operator.IS_NOT_NULL:
            return column.is_not(None)
        case Operator.IN | Operator.NOT_IN:
            assert isinstance(value, tuple)
            inside = column.in_([stored(item) for item in value])
            return inside if term.operator is Operator.IN else not_(inside)
        case Operator.EQ | Operator.NE:
            assert isinstance(value, str)
            same = column == stored(value)
            return same if term.operator is Operator.EQ else not_(same)
        case _:
            return false()


def _pattern(pattern: str, *, is_sqlite: bool) -> str:
    """A backslash is a letter like any other; PostgreSQL would take it for an escape."""
    return pattern if is_sqlite else pattern.replace("\\", "\\\\")
