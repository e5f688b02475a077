"""The routes that are there from the start, as one ASGI application."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from trilha_server.api.answers import ERROR_HANDLERS
from trilha_server.api.routes import RawRoute, starlette_routes

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def http_app(raw: Sequence[RawRoute], others: ASGIApp, lifespan: Lifespan) -> Starlette:
    """Make the application. What none of the routes serves goes to `others`, which also knows what there is not."""
    app = Starlette(routes=starlette_routes(raw), exception_handlers=ERROR_HANDLERS, lifespan=lifespan)
    app.router.redirect_slashes = False
    app.router.default = others
    app.state.permissions = {(route.method, route.path): route.permission for route in raw}
    return app


class Shortcuts:
    """Serves the busiest routes before the framework's layers, which cost as much as the work itself."""

    def __init__(self, app: Starlette, routes: Sequence[RawRoute]) -> None:
        self.app = app
        self._handlers = {(route.method, route.path): route.handle for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        handle = self._handlers.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if handle is None:
            await self.app(scope, receive, send)
            return
        try:
            response = await handle(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)
