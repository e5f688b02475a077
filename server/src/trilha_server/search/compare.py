"""One value held against one comparison. A value that is missing makes everything false but IS NULL."""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trilha_server.domain.filter import Comparison, Operator
from trilha_server.search.patterns import ilike, like, rlike


def compare_text(comparison: Comparison, text: str | None) -> bool:
    """Compare text; `None` is missing."""
    if comparison.operator is Operator.IS_NULL or text is None:
        return comparison.operator is Operator.IS_NULL and text is None
    match comparison.operator, comparison.value:
        case Operator.IS_NOT_NULL, _:
            return True
        case Operator.IN, tuple() as values:
            return text in values
        case Operator.NOT_IN, tuple() as values:
            return text not in values
        case test, str() as value if test in _TEXT_TESTS:
            return _TEXT_TESTS[test](value, text)
        case _:
            return False


def compare_texts(comparison: Comparison, texts: Sequence[str]) -> bool:
    """Compare a value that is several texts at once: one must fit, and for `!=` and NOT IN none may equal."""
    if not texts:
        return compare_text(comparison, None)
    holds = (compare_text(comparison, text) for text in texts)
    return all(holds) if comparison.operator in (Operator.NE, Operator.NOT_IN) else any(holds)


def compare_number(comparison: Comparison, number: float | None) -> bool:
    """Compare a number; `None` is missing."""
    if comparison.operator is Operator.IS_NULL or number is None:
        return comparison.operator is Operator.IS_NULL and number is None
    if comparison.operator is Operator.IS_NOT_NULL:
        return True
    test, value = _NUMBER_TESTS.get(comparison.operator), comparison.value
    return test is not None and isinstance(value, int | float) and test(number, value)


def texts_of_attribute(comparison: Comparison, value: Any) -> tuple[str, ...]:  # Any: whatever an application set
    """List what a comparison with a span's attribute looks at: text as it is, other values in JSON.

    LIKE patterns may count on the quotes that text has in JSON, as they must with MLflow.
    """
    if value is None:
        return ()
    if not isinstance(value, str):
        return (_json_text(value),)
    return (value, f'"{value}"') if comparison.operator in (Operator.LIKE, Operator.ILIKE) else (value,)


def texts_of_assessment(value: Any) -> tuple[str, ...]:  # Any: whatever a judge gave
    """List what a text comparison with an assessment looks at: the value and its JSON."""
    if value is None:
        return ()
    return (value, _json_text(value)) if isinstance(value, str) else (_json_text(value),)


_TEXT_TESTS: Mapping[Operator, Callable[[str, str], bool]] = {
    Operator.EQ: lambda value, text: text == value,
    Operator.NE: lambda value, text: text != value,
    Operator.LIKE: lambda value, text: like(value)(text),
    Operator.ILIKE: lambda value, text: ilike(value)(text),
    Operator.RLIKE: lambda value, text: rlike(value)(text),
}
_NUMBER_TESTS: Mapping[Operator, Callable[[float, float], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
}


def _json_text(value: Any) -> str:  # Any: as above
    return json.dumps(value, ensure_ascii=False, default=_not_json)


def _not_json(value: object) -> str:
    return f"({type(value).__name__})"
