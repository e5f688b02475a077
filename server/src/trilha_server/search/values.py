"""What each field can be compared with: its operators, and how its values are read."""

import math
import re
from datetime import UTC, datetime, timedelta
from enum import Enum, auto

import msgspec

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    FilterField,
    LabelField,
    LabelScope,
    Operator,
    SpanField,
    SpanPart,
)
from trilha_server.search.patterns import BadPattern, rlike
from trilha_server.search.syntax import shown

EQUALITY = (Operator.EQ, Operator.NE)
MEMBERSHIP = (Operator.IN, Operator.NOT_IN)
ORDERING = (Operator.GT, Operator.GE, Operator.LT, Operator.LE)
MATCHING = (Operator.LIKE, Operator.ILIKE, Operator.RLIKE)
PRESENCE = (Operator.IS_NULL, Operator.IS_NOT_NULL)

_STRING = (*EQUALITY, *MEMBERSHIP, *MATCHING)
_NUMBER_TEXT = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_EXACT_INTEGER_CHARS = 18  # fits 64 bits
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


class ValueKind(Enum):
    """How the value of a comparison is read."""

    TEXT = auto()
    NUMBER = auto()
    TIME = auto()
    """Milliseconds, or ISO 8601."""
    ASSESSED = auto()
    """Text in quotes, a number without."""
    PROMPT = auto()
    """`name/version`."""


class Rule(msgspec.Struct, frozen=True):
    """How one field may be compared."""

    operators: tuple[Operator, ...]
    kind: ValueKind


class LiteralKind(Enum):
    """How a value is written in the filter."""

    QUOTED = auto()
    NUMBER = auto()
    WORD = auto()
    NULL = auto()


class Literal(msgspec.Struct, frozen=True):
    """A value as it stands in the filter."""

    kind: LiteralKind
    text: str
    """Without the quotes."""
    position: int


_ALWAYS_THERE = Rule(_STRING, ValueKind.TEXT)
_TEXT = Rule((*_STRING, *PRESENCE), ValueKind.TEXT)
_CONTENT = Rule((Operator.LIKE, Operator.ILIKE), ValueKind.TEXT)
_TIME = Rule((*EQUALITY, *ORDERING), ValueKind.TIME)
_NUMBER = Rule((*EQUALITY, *ORDERING, *PRESENCE), ValueKind.NUMBER)
_ASSESSED = Rule((*_STRING, *ORDERING, *PRESENCE), ValueKind.ASSESSED)

_ATTRIBUTE_RULES = {
    Attribute.REQUEST_ID: _ALWAYS_THERE,
    Attribute.STATUS: _ALWAYS_THERE,
    Attribute.TIMESTAMP_MS: _TIME,
    Attribute.END_TIME_MS: _TIME,
    Attribute.EXECUTION_TIME_MS: _NUMBER,
    Attribute.TOKENS_TOTAL: _NUMBER,
    Attribute.COST_TOTAL: _NUMBER,
    Attribute.TEXT: _CONTENT,
    Attribute.PROMPT: Rule((*_STRING, *PRESENCE), ValueKind.PROMPT),
}


def rule_of(field: FilterField) -> Rule:
    """Say how a field may be compared."""
    match field:
        case AttributeField():
            return _ATTRIBUTE_RULES.get(field.attribute, _TEXT)
        case LabelField(scope=LabelScope.METRIC):
            return _NUMBER
        case LabelField():
            return _TEXT
        case SpanField(part=SpanPart.CONTENT):
            return _CONTENT
        case SpanField(part=SpanPart.STATUS):
            return _ALWAYS_THERE
        case SpanField():
            return _TEXT
        case AssessmentField():
            return _ALWAYS_THERE if field.scope is AssessmentScope.ISSUE else _ASSESSED


def read_value(rule: Rule, operator: Operator, literal: Literal) -> str | float:
    """Read the value of a comparison. Raises `InvalidFilter`."""
    if literal.kind is LiteralKind.NULL:
        raise InvalidFilter("nothing equals NULL; write IS NULL or IS NOT NULL", position=literal.position)
    if literal.kind is LiteralKind.WORD:
        raise InvalidFilter(f"put the value in quotes: '{shown(literal.text)}'", position=literal.position)
    if operator in MATCHING:
        return _pattern(operator, literal)
    match rule.kind:
        case ValueKind.TEXT:
            return read_text(literal)
        case ValueKind.NUMBER:
            return _number(literal, "a number such as 250")
        case ValueKind.TIME:
            return _time_ms(literal)
        case ValueKind.PROMPT:
            return _prompt(literal)
        case ValueKind.ASSESSED:
            if operator in ORDERING or literal.kind is LiteralKind.NUMBER:
                return _number(literal, f"a number such as 0.5 after {operator}")
            return read_text(literal)


def read_text(literal: Literal) -> str:
    """Read a value that must be in quotes. Raises `InvalidFilter`."""
    if literal.kind is not LiteralKind.QUOTED:
        raise InvalidFilter(f"expected a quoted value such as '{shown(literal.text)}'", position=literal.position)
    return literal.text


def _pattern(operator: Operator, literal: Literal) -> str:
    pattern = read_text(literal)
    if operator is Operator.RLIKE:
        try:
            rlike(pattern)
        except BadPattern as error:
            raise InvalidFilter(
                f"the regular expression cannot be used: {error}; RE2 syntax is expected", position=literal.position
            ) from None
    return pattern


def _number(literal: Literal, expected: str) -> float:
    text = literal.text.strip()
    if _NUMBER_TEXT.fullmatch(text) is None:
        raise InvalidFilter(f"expected {expected}, found '{shown(text)}'", position=literal.position)
    if len(text) <= _EXACT_INTEGER_CHARS and text.lstrip("+-").isdigit():
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise InvalidFilter("the number is too large; write a smaller one", position=literal.position)
    return number


def _time_ms(literal: Literal) -> float:
    text = literal.text.strip()
    if _NUMBER_TEXT.fullmatch(text) is not None:
        return _number(literal, "a number")
    try:
        time = datetime.fromisoformat(text.upper())
    except ValueError:
        raise InvalidFilter(
            f"expected Unix milliseconds or a time such as '2026-11-21T10:00:00Z', found '{shown(text)}'",
            position=literal.position,
        ) from None
    zoned = time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    time_ms = (zoned - _EPOCH) / _MILLISECOND
    return int(time_ms) if time_ms.is_integer() else time_ms


def _prompt(literal: Literal) -> str:
    text = read_text(literal)
    name, _, version = text.rpartition("/")
    if not name or not version:
        raise InvalidFilter(f"expected a prompt as 'name/version', found '{shown(text)}'", position=literal.position)
    return text
