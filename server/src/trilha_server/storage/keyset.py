"""Paging by key: a page goes on after the last row of the one before, whatever is written meanwhile."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, bindparam, func, or_, text


def after(sorting: Sequence[tuple[ColumnElement[Any], bool]], values: Sequence[Any]) -> ColumnElement[bool]:
    """Say "comes after this row" where nulls come last; each column says whether it descends."""
    options: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(sorting, values, strict=True):
        if value is not None:
            beyond = column < value if descending else column > value
            options.append(and_(*same, or_(beyond, column.is_(None))))
        same.append(column.is_(None) if value is None else column == value)
    return or_(*options)


def sorted_by(sorting: Sequence[tuple[ColumnElement[Any], bool]]) -> list[ColumnElement[Any]]:
    """Say the order that `after` counts on."""
    return [(column.desc() if descending else column.asc()).nulls_last() for column, descending in sorting]


def one_of(column: ColumnElement[int], numbers: Sequence[int], *, is_sqlite: bool) -> ColumnElement[bool]:
    """Ask whether a number is in a list, however long: the list is one value of the statement."""
    if is_sqlite:
        listed = text("SELECT value FROM json_each(:numbers)")
        listed = listed.bindparams(bindparam("numbers", msgspec.json.encode(list(numbers)).decode(), unique=True))
        return column.in_(listed.columns(value=BigInteger).subquery().select())
    return column == func.any(bindparam(None, list(numbers), ARRAY(BigInteger)))
