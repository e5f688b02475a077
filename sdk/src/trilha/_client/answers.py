"""Answers of servers that could not do what was asked, as errors."""

from typing import Any, Final

import msgspec

from trilha.exceptions import (
    AlreadyExists,
    InvalidInput,
    NotFound,
    PermissionDenied,
    TrilhaError,
    Unauthenticated,
    Unavailable,
)

_BY_CODE: Final[dict[str, type[TrilhaError]]] = {
    kind.default_code: kind
    for kind in (InvalidInput, NotFound, AlreadyExists, PermissionDenied, Unauthenticated, Unavailable)
}
_BY_STATUS: Final[dict[int, type[TrilhaError]]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: PermissionDenied,
    404: NotFound,
    405: NotFound,
    409: AlreadyExists,
    413: InvalidInput,
    422: InvalidInput,
    429: Unavailable,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}
NO_ENDPOINT: Final = "ENDPOINT_NOT_FOUND"
_LONGEST_TEXT: Final = 500


def error_of(status: int, data: bytes, base_url: str) -> TrilhaError:
    """Make the error that an answer stands for."""
    told = _object(data)
    code, text = told.get("error_code"), told.get("message") or told.get("detail") or told.get("title")
    if isinstance(code, str):
        kind = _BY_CODE.get(code) or _BY_STATUS.get(status, TrilhaError)
        return kind(str(text or code), code, status)
    if status in (404, 405) and not isinstance(told.get("title"), str):  # no route of a server like ours
        return NotFound(f"{base_url} does not offer this; is it a tracing server, and new enough?", NO_ENDPOINT, status)
    kind = _BY_STATUS.get(status, TrilhaError)
    return kind(str(text) if text else f"{base_url} answered {status}{_excerpt(data)}", status=status)


def _object(data: bytes) -> dict[str, Any]:  # Any: JSON
    try:
        return msgspec.json.decode(data, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def _excerpt(data: bytes) -> str:
    text = data[:_LONGEST_TEXT].decode(errors="replace").strip()
    return f": {text}" if text else ""
