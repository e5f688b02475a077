"""The order of search results: from its terms to its keys."""

from collections.abc import Sequence

from lark import Token

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    DEFAULT_ORDER,
    Attribute,
    AttributeField,
    LabelField,
    LabelScope,
    OrderTerm,
)
from trilha_server.search.fields import TRACE_VOCABULARY, Vocabulary
from trilha_server.search.syntax import children, shown, syntax_tree

MAX_TERMS = 20

_NO_ORDER = frozenset({Attribute.CLIENT_REQUEST_ID, Attribute.PROMPT, Attribute.TEXT})


def parse_order(terms: Sequence[str]) -> tuple[OrderTerm, ...]:
    """Read the terms of an order of traces; without any, the newest first. Raises `InvalidFilter`."""
    return parse_order_with(TRACE_VOCABULARY, terms) or DEFAULT_ORDER


def parse_order_with(vocabulary: Vocabulary, terms: Sequence[str]) -> tuple[OrderTerm, ...]:
    """Read the terms of an order that uses certain names. Raises `InvalidFilter`; positions are those in the term."""
    if len(terms) > MAX_TERMS:
        raise InvalidFilter(f"an order has at most {MAX_TERMS} terms; leave some out")
    found: dict[AttributeField | LabelField, OrderTerm] = {}
    for text in terms:
        term = _term(vocabulary, text)
        if term.field in found:
            raise InvalidFilter(f"'{shown(text)}' orders by a field that is there already; leave it out", position=0)
        found[term.field] = term
    return tuple(found.values())


def _term(vocabulary: Vocabulary, text: str) -> OrderTerm:
    match children(syntax_tree(text, "order")):
        case [Token() as path, direction]:
            position = path.start_pos or 0
        case _:
            raise TypeError("the grammar and its reader differ")
    field = vocabulary.field(path, position)
    if not isinstance(field, AttributeField | LabelField) or _unordered(field):
        raise InvalidFilter(
            f"cannot order by '{shown(path)}'; use an attribute, a tag or a key of the metadata", position=position
        )
    return OrderTerm(field, descending=direction is not None and str(direction).upper() == "DESC")


def _unordered(field: AttributeField | LabelField) -> bool:
    if isinstance(field, LabelField):
        return field.scope is LabelScope.DATASET
    return field.attribute in _NO_ORDER
