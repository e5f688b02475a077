"""Where a page ends, written as a token for any order: what stood in the sorted columns of its last row."""

import math
from collections.abc import Sequence
from typing import TypeAlias

from trilha_server.domain.errors import InvalidInput
from trilha_server.search.page_token import KeyValue, decode_page_token, encode_page_token
from trilha_server.storage.labels import storable

PlaceKind: TypeAlias = type[int] | type[float] | type[str]
"""What a sorted column holds, beside null."""


def write_place(values: Sequence[KeyValue], kinds: Sequence[PlaceKind]) -> str:
    """Write the values of the sorted columns. Floats travel as text: JSON has no infinity."""
    pairs = zip(values, kinds, strict=True)
    return encode_page_token(
        [value.hex() if kind is float and isinstance(value, float) else value for value, kind in pairs]
    )


def read_place(page_token: str, kinds: Sequence[PlaceKind]) -> list[KeyValue]:
    """Read the values back. Raises `InvalidInput` for the token of another order."""
    values = decode_page_token(page_token)
    if len(values) != len(kinds):
        raise _other_order()
    return [_read_value(value, kind) for value, kind in zip(values, kinds, strict=True)]


def _read_value(value: KeyValue, kind: PlaceKind) -> KeyValue:
    if value is None:
        return None
    if kind is float and isinstance(value, str):
        return _number(value)
    if kind is float or not isinstance(value, kind):
        raise _other_order()
    return storable(value) if isinstance(value, str) else value


def _number(text: str) -> float:
    try:
        number = float.fromhex(text)
    except (ValueError, OverflowError):
        raise _other_order() from None
    if math.isnan(number):  # it stands nowhere in an order
        raise _other_order()
    return number


def _other_order() -> InvalidInput:
    return InvalidInput("this page token belongs to another order")
