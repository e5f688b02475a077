"""The trace goes along from one process to another, in the headers of W3C's trace context and baggage."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, unquote

from trilha import _faults
from trilha._context import RemoteParent, Surroundings, current, enter, leave, leave_surroundings, surroundings
from trilha._noop import NoOpSpan
from trilha._span import Span
from trilha.names import OTEL_SESSION_ID, OTEL_USER_ID, TRACE_SESSION, TRACE_USER

_PARENT = re.compile(r"\s*([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?\s*")
_CARRIED = {OTEL_SESSION_ID: TRACE_SESSION, OTEL_USER_ID: TRACE_USER}
_MAX_BAGGAGE_CHARS = 8192  # W3C baggage, section 3.3.2


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """Return the headers that make a called service part of the trace; none where no trace is active."""
    span = current()
    if isinstance(span, NoOpSpan):
        return {"traceparent": f"00-{span.trace_number:032x}-{'1'.zfill(16)}-00"} if span.trace_number else {}
    if isinstance(span, RemoteParent):
        return {"traceparent": f"00-{span.trace_number:032x}-{span.number:016x}-{int(span.is_sampled):02x}"}
    if span is None:
        return {}
    headers = {"traceparent": f"00-{span.trace.number:032x}-{span.number:016x}-01"}
    said = {name: span.trace.metadata.get(key) for name, key in _CARRIED.items()}
    baggage = ",".join(f"{name}={quote(value, safe='')}" for name, value in said.items() if value)
    if baggage:
        headers["baggage"] = baggage
    return headers


@contextmanager
def set_tracing_context_from_http_request_headers(headers: Mapping[str, str]) -> Generator[None]:
    """Make traces inside of the block part of the caller's trace. Without such headers, it does nothing."""
    parent, metadata = _read(headers)
    around = surroundings.get() or Surroundings()
    token = (
        surroundings.set(Surroundings(around.tags, {**around.metadata, **metadata}, around.destination))
        if metadata
        else None
    )
    entered = enter(parent) if parent is not None and not isinstance(current(), Span) else None
    try:
        yield
    finally:
        if entered is not None:
            leave(entered)
        if token is not None:
            leave_surroundings(token)


def parent_of(text: str) -> RemoteParent | None:
    """Read a `traceparent`; `None` where it is none."""
    found = _PARENT.fullmatch(text.lower())
    if found is None or found[1] == "ff":
        return None
    trace_number, number = int(found[2], 16), int(found[3], 16)
    return RemoteParent(trace_number, number, bool(int(found[4], 16) & 1)) if trace_number and number else None


def _read(headers: Any) -> tuple[RemoteParent | None, dict[str, str]]:
    try:
        told = {str(name).lower(): str(value) for name, value in dict(headers).items()}
        return parent_of(told.get("traceparent", "")), _baggage(told.get("baggage", ""))
    except Exception as error:  # whatever was passed as headers
        _faults.note("headers of a request could not be read", error)
        return None, {}


def _baggage(text: str) -> dict[str, str]:
    known: dict[str, str] = {}
    for part in text[:_MAX_BAGGAGE_CHARS].split(","):
        name, sign, value = part.partition(";")[0].partition("=")
        key = _CARRIED.get(name.strip())
        if sign and key is not None and value.strip():
            known[key] = unquote(value.strip())
    return known
