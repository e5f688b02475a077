"""Checks tokens before anything else is done. Nobody needs one yet; but one of our own must be good."""

import asyncio
from typing import cast

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from trilha_server.access.tokens import Caller, Tokens
from trilha_server.api.problems import is_mlflow, mlflow_response, problem_response
from trilha_server.domain.errors import Unauthenticated

_CALLER = "trilha.caller"


class TokenCheck:
    """Turns requests away that carry a token of ours which is forged or has expired.

    What is not of our making (a personal access token, a token for a proxy in front of us) passes as if it were not
    there, until there are permissions to check.
    """

    def __init__(self, app: ASGIApp, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        token = _bearer(scope) if scope["type"] == "http" else None
        if token is not None and self._tokens.is_own(token):
            try:
                scope[_CALLER] = await asyncio.to_thread(self._tokens.check, token)
            except Unauthenticated as error:
                refuse = mlflow_response if is_mlflow(scope["path"]) else problem_response
                await refuse(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def caller_of(request: Request) -> Caller | None:
    """Tell who asks; `None` for anybody without a token of ours."""
    return cast("Caller | None", request.scope.get(_CALLER))


def _bearer(scope: Scope) -> str | None:
    for name, value in cast("list[tuple[bytes, bytes]]", scope["headers"]):
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() if kind.lower() == "bearer" else None
    return None
