"""From the tree of a filter back to text."""

import re

import msgspec

from trilha_server.domain.filter import (
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    Not,
    Operator,
    Or,
    OrderTerm,
    SpanField,
)
from trilha_server.search.trees import with_comparisons

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")
_NEGATED = (Operator.LIKE, Operator.ILIKE, Operator.RLIKE)


def print_filter(tree: Filter) -> str:
    """Write a tree in the filter language; read again it is the same tree, but for the positions."""
    match tree:
        case Comparison():
            return _comparison(tree)
        case And():
            return " AND ".join(_within_and(term) for term in tree.terms)
        case Or():
            return " OR ".join(
                f"({print_filter(term)})" if isinstance(term, Or) else print_filter(term) for term in tree.terms
            )
        case Not(term=Comparison() as comparison) if comparison.operator in _NEGATED:
            return _comparison(comparison, "NOT ")
        case Not():
            joined = isinstance(tree.term, And | Or)
            return f"NOT ({print_filter(tree.term)})" if joined else f"NOT {print_filter(tree.term)}"


def print_field(field: FilterField) -> str:
    """Write a field by its first name."""
    match field:
        case AttributeField(attribute=Attribute.TEXT):
            return "trace.text"
        case AttributeField():
            return field.attribute.value
        case LabelField():
            return f"{field.scope}.{_key(field.key)}"
        case SpanField():
            return f"span.{field.part}" if field.key is None else f"span.{field.part}.{_key(field.key)}"
        case AssessmentField(scope=AssessmentScope.ISSUE):
            return "issue.id"
        case AssessmentField():
            return f"{field.scope}.{_key(field.name)}"


def print_order_term(term: OrderTerm) -> str:
    """Write one key of an order."""
    return f"{print_field(term.field)} {'DESC' if term.descending else 'ASC'}"


def without_positions(tree: Filter) -> Filter:
    """Copy a tree with all positions 0, so that two trees of one meaning compare equal."""
    return with_comparisons(tree, lambda comparison: msgspec.structs.replace(comparison, position=0))


def _within_and(term: Filter) -> str:
    return f"({print_filter(term)})" if isinstance(term, And | Or) else print_filter(term)


def _comparison(comparison: Comparison, negation: str = "") -> str:
    field = print_field(comparison.field)
    match comparison.value:
        case None:
            return f"{field} {comparison.operator}"
        case tuple() as values:
            return f"{field} {comparison.operator} ({', '.join(_quoted(value) for value in values)})"
        case str() as value:
            return f"{field} {negation}{comparison.operator} {_quoted(value)}"
        case number:
            return f"{field} {comparison.operator} {number!r}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) else "`" + key.replace("`", "``") + "`"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
