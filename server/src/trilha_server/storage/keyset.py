"""Paging by key: a page goes on after the last row of the one before, whatever is written meanwhile."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias, TypeVar

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    and_,
    bindparam,
    func,
    or_,
    text,
)

T = TypeVar("T")

Sorting: TypeAlias = Sequence[tuple[ColumnElement[Any], bool]]
"""The columns that rows are sorted by, each with whether it descends; no two rows are equal by them."""

Read: TypeAlias = Callable[[Select[*tuple[Any, ...]]], list[tuple[RowMapping, T]]]
"""Reads whole things in the order of a statement that selects their rows, each with its row."""


def columns(sorting: Sorting) -> list[ColumnElement[Any]]:
    """Name the columns to select, so that `place_of` finds them."""
    return [column.label(f"sort_{number}") for number, (column, _) in enumerate(sorting)]


def place_of(row: RowMapping, sorting: Sorting) -> list[Any]:
    """Read what stands in the sorted columns of a row."""
    return [row[f"sort_{number}"] for number in range(len(sorting))]


def first_fitting(
    read: Read[T],
    statement: Select[*tuple[Any, ...]],
    sorting: Sorting,
    place: Sequence[Any] | None,
    fits: Callable[[T], bool],
    *,
    wanted: int,
    batch: int,
) -> list[tuple[RowMapping, T]]:
    """Read batches of rows from a place on until as many fit as are wanted, perhaps some more, or there are no more."""
    found: list[tuple[RowMapping, T]] = []
    while len(found) < wanted:
        here = statement if place is None else statement.where(after(sorting, place))
        rows = read(here.limit(batch))
        found += [pair for pair in rows if fits(pair[1])]
        if len(rows) < batch:
            break
        place = place_of(rows[-1][0], sorting)
    return found


def after(sorting: Sorting, values: Sequence[Any]) -> ColumnElement[bool]:
    """Say "comes after this row" where nulls come last; each column says whether it descends."""
    options: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for (column, descending), value in zip(sorting, values, strict=True):
        if value is not None:
            beyond = column < value if descending else column > value
            options.append(and_(*same, or_(beyond, column.is_(None))))
        same.append(column.is_(None) if value is None else column == value)
    return or_(*options)


def sorted_by(sorting: Sorting) -> list[ColumnElement[Any]]:
    """Say the order that `after` counts on."""
    return [(column.desc() if descending else column.asc()).nulls_last() for column, descending in sorting]


def one_of(column: ColumnElement[int], numbers: Sequence[int], *, is_sqlite: bool) -> ColumnElement[bool]:
    """Ask whether a number is in a list, however long: the list is one value of the statement."""
    if is_sqlite:
        listed = text("SELECT value FROM json_each(:numbers)")
        listed = listed.bindparams(bindparam("numbers", msgspec.json.encode(list(numbers)).decode(), unique=True))
        return column.in_(listed.columns(value=BigInteger).subquery().select())
    return column == func.any(bindparam(None, list(numbers), ARRAY(BigInteger)))
