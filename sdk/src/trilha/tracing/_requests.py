"""What headers of a request say of its trace; shared by the middleware for ASGI and WSGI."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from trilha._begin import current_or_new
from trilha._context import Surroundings, enter, leave, leave_surroundings, surroundings
from trilha._noop import NoOpSpan
from trilha._site import close, fail
from trilha._span import Span
from trilha.names import TRACE_CLIENT_REQUEST_ID, TRACE_SESSION, TRACE_USER
from trilha.tracing._headers import set_tracing_context_from_http_request_headers

_SERVER_ERROR = 500


class RequestHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """Names of the headers that say whose request it is; `None` for none."""

    session: str | None = "x-session-id"
    user: str | None = "x-user-id"
    request_id: str | None = "x-request-id"

    def read(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return what traces of the request say of it."""
        named = {TRACE_SESSION: self.session, TRACE_USER: self.user, TRACE_CLIENT_REQUEST_ID: self.request_id}
        found = {key: headers.get(name.lower()) for key, name in named.items() if name}
        return {key: value for key, value in found.items() if value}


class Served:
    """One request while it is answered."""

    def __init__(self, span: Span | NoOpSpan | None) -> None:
        self._span = span

    def answered(self, status: int) -> None:
        """Say which status the answer has."""
        if isinstance(self._span, Span):
            self._span.set_attribute("http.response.status_code", status)
            if status >= _SERVER_ERROR:
                self._span.set_status("ERROR")


@contextmanager
def serving(
    headers: Mapping[str, str], known: RequestHeaders, *, method: str, path: str, has_root_span: bool
) -> Generator[Served]:
    """Make traces inside of the block part of the caller's, and say whose request it is."""
    said = known.read(headers)
    around = surroundings.get() or Surroundings()
    with set_tracing_context_from_http_request_headers(headers):
        carried = surroundings.get() or around
        token = surroundings.set(Surroundings(carried.tags, {**carried.metadata, **said}, carried.destination))
        try:
            if has_root_span:
                with _root(method, path) as span:
                    yield Served(span)
            else:
                yield Served(None)
        finally:
            leave_surroundings(token)


@contextmanager
def _root(method: str, path: str) -> Generator[Span | NoOpSpan]:
    span = current_or_new(f"{method} {path}", "CHAIN", None, None)
    if isinstance(span, Span):
        span.set_attributes({"http.request.method": method, "url.path": path})
    entered = enter(span)
    error: BaseException | None = None
    try:
        yield span
    except BaseException as raised:
        error = raised
        raise
    finally:
        leave(entered)
        if isinstance(span, Span):
            close(span) if error is None else fail(span, error)


def text_of(raw: Any) -> str:
    """Return a header's text, as HTTP has it."""
    return raw.decode("latin-1") if isinstance(raw, bytes) else str(raw)
