"""A server in process, asked from outside its event loop as any client would."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from types import GeneratorType
from typing import Any, Self, cast

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from trilha_server.api.routes import Permission
from trilha_server.app import Server

TIMEOUT_S = 60


class Client:
    """Starts a server in a loop of its own and asks it through its ASGI application."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._live(),))

    @property
    def app(self) -> Starlette:
        return self._server.http

    @property
    def permissions(self) -> dict[tuple[str, str], Permission]:
        """What each method and path needs."""
        return {**self.app.state.permissions, **self._server.native.app().state.permissions}

    @property
    def routes(self) -> list[Route]:
        """What is served, in the order in which it is looked for."""
        return all_routes(self._server)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop_streams()
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(TIMEOUT_S)
        self._loop.close()

    def request(self, method: str, path: str, **how: Any) -> httpx.Response:  # Any: what httpx takes
        if isinstance(content := how.get("content"), GeneratorType):
            how["content"] = _asynchronous(cast("Iterator[bytes]", content))
        return asyncio.run_coroutine_threadsafe(self._ask(method, path, how), self._loop).result(TIMEOUT_S)

    def get(self, path: str, **how: Any) -> httpx.Response:
        return self.request("GET", path, **how)

    def post(self, path: str, **how: Any) -> httpx.Response:
        return self.request("POST", path, **how)

    def patch(self, path: str, **how: Any) -> httpx.Response:
        return self.request("PATCH", path, **how)

    def delete(self, path: str, **how: Any) -> httpx.Response:
        return self.request("DELETE", path, **how)

    async def _live(self) -> None:
        async with self.app.router.lifespan_context(self.app):
            self._started.set()
            await self._stop.wait()

    async def _ask(self, method: str, path: str, how: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self._server.asgi, raise_app_exceptions=False)
        headers = {"user-agent": "tests/1"}
        async with httpx.AsyncClient(transport=transport, base_url="http://trilha", headers=headers) as client:
            return await client.request(method, path, **how)


def all_routes(server: Server) -> list[Route]:
    """What a server serves, in the order in which it is looked for."""
    routes = [*server.http.routes, *server.native.app().routes]
    assert all(isinstance(route, Route) for route in routes)
    return cast("list[Route]", routes)


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
