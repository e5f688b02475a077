"""OTLP values to Python values and back."""

import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from trilha_server.domain.span import AttributeValue

_ESCAPES = re.compile(rb"\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u([dD][89a-fA-F]..)|.)", re.DOTALL)
"""What a backslash begins in JSON; the group is half of a character that takes two escapes, without the other half."""


def from_any_value(value: AnyValue) -> AttributeValue:
    """Read an OTLP value; one that is not set is `None`."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "kvlist_value":
        return {item.key: from_any_value(item.value) for item in value.kvlist_value.values}
    if kind == "array_value":
        return [from_any_value(item) for item in value.array_value.values]
    return getattr(value, kind)  # the four scalars and bytes need no translation


def to_any_value(value: AttributeValue) -> AnyValue:
    """Write an OTLP value; an integer beyond 64 bits becomes text, for OTLP has no room for it."""
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value) if -(2**63) <= value < 2**63 else AnyValue(string_value=str(value))
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=to_key_values(value)))
    return AnyValue(array_value=ArrayValue(values=[to_any_value(item) for item in value]))


def to_key_values(attributes: Mapping[str, AttributeValue]) -> list[KeyValue]:
    """Write attributes as OTLP has them."""
    return [KeyValue(key=key, value=to_any_value(value)) for key, value in attributes.items()]


def read_json(text: str | bytes) -> Any:  # Any: JSON of any shape
    """Read JSON. Raises `msgspec.DecodeError`, `UnicodeDecodeError` and `RecursionError`.

    Half of a character, which JavaScript leaves where it cuts a text within an emoji, becomes U+FFFD.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        raw = text.encode() if isinstance(text, str) else text
        whole = _ESCAPES.sub(_whole, raw)
        if whole == raw:
            raise
        return msgspec.json.decode(whole)


def unwrap_json(value: AttributeValue) -> AttributeValue:
    """Read a value that MLflow may have sent as JSON text; text that is not JSON stays as it is."""
    if not isinstance(value, str) or not value or value[0] not in '"[{':
        return value
    try:
        return read_json(value)
    except (msgspec.DecodeError, RecursionError):
        return value


def json_text(value: AttributeValue) -> str:
    """Write a value as JSON; not-a-number and infinities become null, bytes base64."""
    return msgspec.json.encode(_finite(value)).decode()


def _whole(escape: re.Match[bytes]) -> bytes:
    return rb"\ufffd" if escape[1] else escape[0]


def _finite(value: Any) -> Any:  # Any: walks a value of any shape
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_finite(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
