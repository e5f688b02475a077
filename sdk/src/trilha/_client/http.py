"""Requests to the server that wait for an answer."""

import logging
import os
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError

from trilha._client.answers import error_of
from trilha._connections import pool, trouble_of
from trilha._server import Server, SignIn, SignInFailed, server_of
from trilha._settings import Settings, settings
from trilha._version import VERSION
from trilha.exceptions import TrilhaError, Unauthenticated, Unavailable

V2: Final = "/api/2.0/mlflow"
V3: Final = "/api/3.0/mlflow"
V1: Final = "/api/v1"

_TIMEOUT: Final = urllib3.Timeout(connect=3.0, read=30.0)
_CONNECTIONS: Final = 8
_PAUSES_S: Final = (0.2, 0.8)
_LONGEST_PAUSE_S: Final = 5.0
_AGAIN: Final = frozenset({429, 502, 503, 504})
_NEVER_DONE: Final = frozenset({429})
"""Answers after which nothing has happened, whatever was asked."""
_log = logging.getLogger("trilha")

Json = dict[str, Any]  # Any: JSON
Query = Mapping[str, str | int | Sequence[str] | None]


class Connection:
    """A server, and who we are there. Safe for threads."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._sign_in = SignIn(server)

    @property
    def base_url(self) -> str:
        """The server's address."""
        return self._server.base_url

    @cached_property
    def _http(self) -> urllib3.PoolManager:
        return pool(self._server, _CONNECTIONS)

    def call(
        self, method: str, path: str, *, body: Json | None = None, query: Query | None = None, is_safe: bool = False
    ) -> Json:
        """Ask for something and return the answer. Raises `TrilhaError`.

        What changes nothing the second time is tried again for a while: reading and deleting are, and what `is_safe`.
        """
        url = self._server.base_url + quote(path, safe="/:") + _query(query)
        content = None if body is None else msgspec.json.encode(body)
        is_repeatable = is_safe or method in ("GET", "PUT", "DELETE")
        for pause_s in (*_PAUSES_S, None):
            try:
                status, headers, data = self._try(method, url, content)
            except NewConnectionError as error:  # nothing was sent
                self._pause_or_fail(pause_s, error)
                continue
            except (HTTPError, OSError, ValueError) as error:
                self._pause_or_fail(pause_s if is_repeatable else None, error)
                continue
            if status < 300:
                return _read(data, self._server.base_url)
            is_worth_it = status in (_AGAIN if is_repeatable else _NEVER_DONE)
            wait_s = _wanted_s(headers.get("Retry-After"), pause_s)
            if wait_s is None or not is_worth_it:
                raise error_of(status, data, self._server.base_url)
            time.sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def _try(self, method: str, url: str, content: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        status, headers, data = self._send(method, url, content)
        if status == 401 and self._sign_in.can_renew:
            self._sign_in.forget()
            status, headers, data = self._send(method, url, content)
        return status, headers, data

    def _send(self, method: str, url: str, content: bytes | None) -> tuple[int, Mapping[str, str], bytes]:
        try:
            who = self._sign_in.headers(self._http)
        except SignInFailed as error:
            raise Unauthenticated(f"{self._server.base_url} gave no token: {error}", status=error.status) from error
        headers = {"Accept": "application/json", "User-Agent": f"trilha-python/{VERSION}", **who}
        if content is not None:
            headers["Content-Type"] = "application/json"
        answer = self._http.request(method, url, body=content, headers=headers, timeout=_TIMEOUT, redirect=False)
        return answer.status, answer.headers, answer.data

    def _pause_or_fail(self, pause_s: float | None, error: Exception) -> None:
        trouble = trouble_of(error, self._server)
        if pause_s is None or not trouble.is_passing:
            raise Unavailable(f"{self._server.base_url} cannot be reached: {trouble.text}") from error
        time.sleep(pause_s)


def connection() -> Connection:
    """Return the connection to the server that the settings mean now, or that the call within `asking` means."""
    now, uri = settings(), _asked_uri.get()
    key = (os.getpid(), now)  # sockets are not to be shared with the process that this one is a fork of
    known = _open.get(uri)
    if known is None or known[0] != key:
        there = now if uri is None else msgspec.structs.replace(now, tracking_uri=uri)
        known = _open[uri] = (key, Connection(server_of(there)))
    return known[1]


@contextmanager
def asking(uri: str | None) -> Generator[None]:
    """Ask a server of another address inside of the block."""
    token = _asked_uri.set(uri)
    try:
        yield
    finally:
        _asked_uri.reset(token)


_asked_uri: "ContextVar[str | None]" = ContextVar("trilha_asked_uri", default=None)
_open: dict[str | None, tuple[tuple[int, Settings], Connection]] = {}
"""By address; `None` is the one of the settings."""


def _query(query: Query | None) -> str:
    pairs = {key: value for key, value in (query or {}).items() if value is not None}
    return f"?{urlencode(pairs, doseq=True)}" if pairs else ""


def _read(data: bytes, base_url: str) -> Json:
    if not data:
        return {}
    try:
        return msgspec.json.decode(data, type=Json)
    except msgspec.MsgspecError as error:
        raise TrilhaError(f"what {base_url} answers is not JSON: is it the address of a tracing server?") from error


def _wanted_s(retry_after: str | None, pause_s: float | None) -> float | None:
    if pause_s is None or retry_after is None or not retry_after.isdecimal():
        return pause_s
    return min(float(retry_after), _LONGEST_PAUSE_S)
