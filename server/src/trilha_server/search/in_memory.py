"""Filters, orders and pages worked out in memory, for what there is little of: experiments, registered models."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeAlias, TypeVar

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import (
    And,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    Operator,
    OrderTerm,
)
from trilha_server.search.compare import compare_number, compare_text
from trilha_server.search.page_token import KeyValue, decode_page_token, encode_page_token
from trilha_server.search.trees import comparisons, holds_by

T = TypeVar("T")

NamedField: TypeAlias = AttributeField | LabelField
FieldValue: TypeAlias = str | int | float | None
"""`None` where the thing does not have the field; of one field always text, or always a number."""


class Paging(msgspec.Struct, frozen=True):
    """Which part of an ordered list is wanted."""

    order: tuple[OrderTerm, ...]
    """No two things are equal by it."""
    limit: int
    page_token: str | None


def holds(tree: Filter, read: Callable[[NamedField], FieldValue]) -> bool:
    """Say whether a filter holds for the thing that `read` reads."""
    return holds_by(tree, partial(_compared, read))


def _compared(read: Callable[[NamedField], FieldValue], comparison: Comparison) -> bool:
    if not isinstance(comparison.field, AttributeField | LabelField):
        raise TypeError("a field that only traces have")
    value = read(comparison.field)
    if value is None or isinstance(value, str):
        return compare_text(comparison, value)
    return compare_number(comparison, value)


def in_order(things: Iterable[T], order: Sequence[OrderTerm], read: Callable[[T, NamedField], FieldValue]) -> list[T]:
    """Put things in order; those that are equal by it stand as they came, those without the field come last."""
    found = list(things)
    for term in reversed(order):
        keyed = [(read(thing, term.field), thing) for thing in found]
        present = [(_sortable(value), thing) for value, thing in keyed if value is not None]
        present.sort(key=lambda pair: pair[0], reverse=term.descending)
        found = [thing for _, thing in present] + [thing for value, thing in keyed if value is None]
    return found


def page_in_order(
    things: Iterable[T], paging: Paging, read: Callable[[T, NamedField], FieldValue]
) -> tuple[list[T], str | None]:
    """Read a page, and the token of the next; what is made or deleted meanwhile neither repeats nor hides others."""
    rest = in_order(things, paging.order, read)
    if paging.page_token:
        last = decode_page_token(paging.page_token)
        if len(last) != len(paging.order):
            raise _another_search()
        rest = [thing for thing in rest if _comes_after(_keys(thing, paging.order, read), last, paging.order)]
    page = rest[: paging.limit]
    if len(rest) <= len(page):
        return page, None
    return page, encode_page_token(_keys(page[-1], paging.order, read))


def mentions(tree: Filter | None, field: NamedField) -> bool:
    """Say whether a filter compares a field anywhere."""
    return any(comparison.field == field for comparison in comparisons(tree))


def required_texts(tree: Filter | None, field: NamedField) -> tuple[str, ...] | None:
    """List the texts of which a field must have one for a filter to hold; `None` where it may have any, or none."""
    match tree:
        case Comparison(operator=Operator.EQ, value=str() as text) if tree.field == field:
            return (text,)
        case Comparison(operator=Operator.IN, value=tuple() as texts) if tree.field == field:
            return texts
        case And():
            return next((texts for texts in (required_texts(term, field) for term in tree.terms) if texts), None)
        case _:
            return None


def _sortable(value: str | float) -> tuple[float, str]:
    return (0, value) if isinstance(value, str) else (value, "")


def _keys(thing: T, order: Sequence[OrderTerm], read: Callable[[T, NamedField], FieldValue]) -> tuple[KeyValue, ...]:
    return tuple(read(thing, term.field) for term in order)


def _comes_after(keys: Sequence[KeyValue], last: Sequence[KeyValue], order: Sequence[OrderTerm]) -> bool:
    for key, last_key, term in zip(keys, last, order, strict=True):
        if key == last_key:
            continue
        if key is None or last_key is None:
            return key is None
        if isinstance(key, str) is not isinstance(last_key, str):
            raise _another_search()
        return (_sortable(key) < _sortable(last_key)) is term.descending
    return False


def _another_search() -> InvalidInput:
    return InvalidInput("invalid page token: it belongs to another search")
