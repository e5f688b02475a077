"""Reading of attributes, which may hold anything."""

from collections.abc import Iterable

from trilha_server.domain.span import AttributeValue
from trilha_server.normalise.convention import Attributes
from trilha_server.normalise.values import json_text, unwrap_json

_MAX_DEPTH = 100  # protobuf reads no deeper either
_MAX_DIGITS = 10
_CONTAINERS = (dict, list)


def first_value(attributes: Attributes, *keys: str) -> AttributeValue:
    """Read the first attribute that says anything; `None` where none does."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and value != "":
            return value
    return None


def first_text(attributes: Attributes, *keys: str) -> str | None:
    """Read the first attribute that is a text with something in it."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def name_in(attributes: Attributes, *keys: str) -> str | None:
    """Read a name or an id: numbers too, and text that MLflow's clients wrote as JSON."""
    for key in keys:
        value = attributes.get(key)
        if value is not None and value != "":
            value = parsed(value)
            if isinstance(value, str):
                return value or None
            return None if value is None else json_text(value)
    return None


def parsed(value: AttributeValue) -> AttributeValue:
    """Read JSON where the value is a text that holds it; text that is nested absurdly deep stays text."""
    found = unwrap_json(value)
    if found is value or not isinstance(value, str) or value.count("[") + value.count("{") <= _MAX_DEPTH:
        return found
    return value if _is_deeper(found, _MAX_DEPTH) else found


def indexed(attributes: Attributes, prefix: str) -> list[dict[str, AttributeValue]]:
    """Gather attributes such as `prefix0.role` and `prefix0.content` by their number, in its order."""
    found: dict[int, dict[str, AttributeValue]] = {}
    start = len(prefix)
    for key in attributes:
        if key.startswith(prefix):
            number, _, rest = key[start:].partition(".")
            if number.isascii() and number.isdigit() and len(number) < _MAX_DIGITS:
                found.setdefault(int(number), {})[rest] = attributes[key]
    return [found[number] for number in sorted(found)]


def _is_deeper(value: AttributeValue, depth: int) -> bool:
    level = [value]
    for _ in range(depth):
        level = [child for item in level for child in _children(item) if isinstance(child, _CONTAINERS)]
        if not level:
            return False
    return True


def _children(value: AttributeValue) -> Iterable[AttributeValue]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
