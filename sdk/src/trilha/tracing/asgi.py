"""Middleware for applications of ASGI: FastAPI, Starlette, Quart, Django.

`app.add_middleware(trilha.tracing.asgi.TracingMiddleware, session_header="x-session-id")`
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from trilha.tracing._requests import RequestHeaders, serving, text_of

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class TracingMiddleware:
    """Takes the trace's context, the session, the user and the request's id from headers."""

    def __init__(
        self,
        app: App,
        *,
        session_header: str | None = "x-session-id",
        user_header: str | None = "x-user-id",
        request_id_header: str | None = "x-request-id",
        root_span: bool = False,
    ) -> None:
        self._app = app
        self._headers = RequestHeaders(session=session_header, user=user_header, request_id=request_id_header)
        self._has_root_span = root_span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {text_of(name).lower(): text_of(value) for name, value in scope.get("headers", ())}
        method, path = scope.get("method", "WEBSOCKET"), scope.get("path", "")
        with serving(headers, self._headers, method=method, path=path, has_root_span=self._has_root_span) as served:

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    served.answered(message["status"])
                await send(message)

            await self._app(scope, receive, send_on)
