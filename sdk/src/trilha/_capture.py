"""Keeps values as they are at the moment of a call, and writes them as JSON later, on another thread.

What cannot change is kept as it is, however large. What can is copied, or, where it has many parts or is of a kind of
its own, written at once.
"""

import math
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

import msgspec

from trilha._attachment import SCHEME, Attachment

UNCHANGING = frozenset({str, int, float, bool, bytes, type(None), complex, msgspec.Raw, Attachment})
"""Types whose values are kept as they are."""
_COPIED_PARTS = 64
_MAX_DEPTH = 32
_MOST_CELLS = 1_000
_FIRST_ROWS = 10
_FIRST_COLUMNS = 50
_CHOSEN_HEADERS = ("host", "user-agent", "content-type", "content-length", "x-request-id")
_FRAMEWORKS = ("starlette", "fastapi", "flask", "werkzeug", "django", "aiohttp")
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
REFERENCE = b'"' + SCHEME.encode() + b"://"
"""How the text of an attachment begins in JSON."""

kind_of = cast("Callable[[object], type[Any]]", type)  # what it gives for `Any` is half unknown to type checkers

Captured = object
"""A value that the application can change no more."""


def captured(value: Any) -> Captured:  # Any: whatever an application passes around
    """Keep a value as it is now."""
    kind = kind_of(value)
    if kind in UNCHANGING:
        return value
    if kind is dict and len(value) <= _COPIED_PARTS:
        for item in value.values():
            if type(item) not in UNCHANGING:
                break
        else:
            return value.copy()
    left = [_COPIED_PARTS]
    copy = _copied(value, left, 0)
    return _written(value) if copy is _TOO_MUCH else copy


def json_bytes(value: Captured) -> bytes:
    """Write a captured value as JSON. Not-a-number and infinities become null, attachments references of no trace."""
    try:
        return _encode(value)
    except Exception:  # msgspec's errors, and whatever the application's objects raise when they are read
        return _encode(_plain(value, 0))


def json_text(value: Captured) -> str:
    """Write a captured value as JSON text."""
    return json_bytes(value).decode()


def readable(value: Captured) -> Any:  # Any: whatever the application works on
    """Return a captured value as plain data."""
    if type(value) in UNCHANGING and not isinstance(value, msgspec.Raw):
        return value
    try:
        raw = json_bytes(value)
        return _decoded(raw, attachments_in(value)) if REFERENCE in raw else msgspec.json.decode(raw)
    except Exception:  # what cannot be written as JSON has no plain form either
        return None


def attachments_in(value: Captured) -> list[Attachment]:
    """List the attachments that are somewhere in a value."""
    met: list[Attachment] = []
    token = _met.set(met)
    try:
        json_bytes(value)
    finally:
        _met.reset(token)
    return met


def referring(value: Any, trace_id: str) -> Any:  # Any: plain data
    """Return plain data with references in the place of attachments."""
    if isinstance(value, Attachment):
        return value.ref(trace_id)
    if isinstance(value, dict):
        return {key: referring(part, trace_id) for key, part in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [referring(part, trace_id) for part in cast("list[object]", value)]
    return value


_met: "ContextVar[list[Attachment] | None]" = ContextVar("attachments that are met", default=None)


def _written(value: Any) -> Captured:  # Any: whatever an application passes around
    """Write a value at once; where there are attachments in it, all but them."""
    raw = json_bytes(value)
    attachments = attachments_in(value) if REFERENCE in raw else []
    return _decoded(raw, attachments) if attachments else msgspec.Raw(raw)


def _decoded(raw: bytes, attachments: list[Attachment]) -> Any:  # Any: JSON
    """Read JSON, with attachments where their references are."""
    return _with_attachments(msgspec.json.decode(raw), {each.ref(""): each for each in attachments})


def _with_attachments(value: Any, attachments: dict[str, Attachment]) -> Any:  # Any: JSON
    if isinstance(value, str):
        return attachments.get(value, value)
    if isinstance(value, dict):
        parts = cast("dict[str, object]", value)
        return {key: _with_attachments(part, attachments) for key, part in parts.items()}
    if isinstance(value, list):
        return [_with_attachments(part, attachments) for part in cast("list[object]", value)]
    return value


class _TooMuch:
    pass


_TOO_MUCH = _TooMuch()


def _copied(value: Any, left: list[int], depth: int) -> Any:  # Any: whatever an application passes around
    kind = kind_of(value)
    if kind in UNCHANGING:
        return value
    left[0] -= len(value) + 1 if kind in (dict, list, tuple) else 1
    if left[0] < 0 or depth > _MAX_DEPTH:
        return _TOO_MUCH
    if kind is dict:
        copy: dict[Any, Any] = {}
        for key, item in value.items():
            part = copy[key] = item if type(item) in UNCHANGING else _copied(item, left, depth + 1)
            if part is _TOO_MUCH:
                return _TOO_MUCH
        return copy
    if kind is list or kind is tuple:
        parts = [item if type(item) in UNCHANGING else _copied(item, left, depth + 1) for item in value]
        return _TOO_MUCH if _TOO_MUCH in parts else parts
    return _written(value)


def _described(value: Any) -> Any:  # Any: both sides are of any type
    """Turn an object that JSON has no form for into one that it has."""
    if isinstance(value, Attachment):
        met = _met.get()
        if met is not None:
            met.append(value)
        return value.ref("")
    kind: type[Any] = cast("type[Any]", type(value))
    dump: Callable[[], str] | None = getattr(kind, "model_dump_json", None)
    if dump is not None:
        return msgspec.Raw(value.model_dump_json().encode())
    if _is_request(value):
        return _request(value)
    if hasattr(kind, "shape"):
        shape = _cells(value.shape)
        if math.prod(shape) > _MOST_CELLS:
            return _beginning(value, kind, shape)
    to_dict: Callable[[Any], Any] | None = getattr(kind, "to_dict", None)
    if callable(to_dict):
        return to_dict(value)
    # An address in memory tells nobody anything, and differs for every call.
    if kind.__repr__ is object.__repr__ or callable(value):
        return f"<{getattr(value, '__qualname__', kind.__qualname__)}>"
    return _ADDRESS.sub("", str(value))


def _cells(shape: Any) -> tuple[int, ...]:  # Any: whatever an object calls its shape
    """Read the shape of a table or an array; none where it is not known yet, or of another kind."""
    counts = cast("tuple[object, ...]", shape) if isinstance(shape, tuple) else ()
    known = tuple(count for count in counts if isinstance(count, int))
    return known if len(known) == len(counts) else ()


def _beginning(value: Any, kind: type[Any], shape: tuple[int, ...]) -> dict[str, Any]:  # Any: a table or an array
    """Tell what a large table is, and its first cells: to write all of them takes longer than a call should wait."""
    told = {"type": f"{kind.__module__.partition('.')[0]}.{kind.__qualname__}", "shape": shape}
    rows, columns, rest = slice(_FIRST_ROWS), slice(_FIRST_COLUMNS), [slice(1)] * (len(shape) - 2)
    cells = value.iloc if hasattr(kind, "iloc") else value
    try:
        return {**told, "first": cells[rows] if len(shape) == 1 else cells[(rows, columns, *rest)]}
    except Exception:  # it has a shape, and cannot be cut by it
        return told


def _is_request(value: Any) -> bool:
    """Tell whether a value is a framework's request, one of a class of the application's own, or stands for one."""
    shown: type[Any] = value.__class__  # Flask's `request` shows the class of the request that it stands for
    return any(
        kind.__name__ in ("Request", "WebSocket", "HttpRequest") and kind.__module__.partition(".")[0] in _FRAMEWORKS
        for kind in shown.__mro__
    )


def _request(request: Any) -> dict[str, Any]:  # Any: a request of one of several frameworks
    """Tell which request it was: never the body, which may be read only once, nor who signed in."""
    url = getattr(request, "url", None)
    path = getattr(url, "path", None) or getattr(request, "path", None)
    headers: Any = getattr(request, "headers", {})
    return {
        "method": getattr(request, "method", None),
        "path": path,
        "headers": {name: headers[name] for name in _CHOSEN_HEADERS if name in headers},
    }


def _plain(value: Any, depth: int) -> Any:  # Any: whatever an application passes around
    """Say the same with what JSON surely has: for keys that are no text, numbers beyond 64 bits, circles."""
    if value is None or isinstance(value, bool | float | msgspec.Raw):
        return value
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        pairs = cast("dict[object, object]", value)
        return {str(key): _plain(item, depth + 1) for key, item in pairs.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth + 1) for item in cast("list[object]", value)]
    try:
        return _plain(_described(value), depth + 1)
    except Exception:  # an application's object that cannot even be described
        return f"<{type(value).__qualname__}>"


_encode = msgspec.json.Encoder(enc_hook=_described).encode
