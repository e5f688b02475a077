"""Page tokens: where in its order a search goes on, opaque to whoever passes them."""

import base64
import math
from collections.abc import Sequence
from typing import Annotated, TypeAlias

import msgspec

from trilha_server.domain.errors import InvalidInput

KeyValue: TypeAlias = str | int | float | None
"""One key of the last result of a page."""

_Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_DECODER = msgspec.json.Decoder(list[str | _Integer | float | None])


def encode_page_token(values: Sequence[KeyValue]) -> str:
    """Write keys as text that may stand in a URL."""
    return base64.urlsafe_b64encode(msgspec.json.encode(list(values))).rstrip(b"=").decode()


def decode_page_token(text: str) -> tuple[KeyValue, ...]:
    """Read the keys back. Raises `InvalidInput`."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        values = _DECODER.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, msgspec.MsgspecError):
        raise _invalid() from None
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        raise _invalid()
    return tuple(values)


def _invalid() -> InvalidInput:
    return InvalidInput("invalid page token: pass the token of an earlier answer unchanged")
