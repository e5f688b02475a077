"""Checks tokens and origins before anything else is done. Nobody needs a token yet; but one of our own must be good."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from trilha_server.access.tokens import Caller, Tokens
from trilha_server.api.problems import is_mlflow, mlflow_response, problem_response
from trilha_server.domain.errors import PermissionDenied, TrilhaError

_CALLER = "trilha.caller"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITES = frozenset({b"same-origin", b"none"})


class TokenCheck:
    """Turns away requests with a token of ours that is forged or has expired, and writes from other sites' pages.

    What is not of our making (a personal access token, a token for a proxy in front of us) passes as if it were not
    there, until there are permissions to check. A browser says from where a page asks; a program does not.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            try:
                await self._check(scope)
            except TrilhaError as error:
                refuse = mlflow_response if is_mlflow(scope["path"]) else problem_response
                await refuse(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _check(self, scope: Scope) -> None:
        for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
            if name == b"sec-fetch-site" and value not in _OWN_SITES and scope["method"] not in _READING:
                raise PermissionDenied("a page of another site may not write here")
            if name == b"authorization":
                token = _bearer(value)
                if token is not None and self._tokens.is_own(token):
                    scope[_CALLER] = await asyncio.to_thread(self._tokens.check, token)


def caller_of(request: Request) -> Caller | None:
    """Tell who asks; `None` for anybody without a token of ours."""
    return cast("Caller | None", request.scope.get(_CALLER))


def _bearer(header: bytes) -> str | None:
    kind, _, token = header.decode("latin-1").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
