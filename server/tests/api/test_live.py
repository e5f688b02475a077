"""Changes are told as they happen."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, MutableMapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from trilha_server.app import Server, build
from trilha_server.settings import Settings

from server.tests.support.spans import a_request, a_span, trace_id
from server.tests.support.wire import PROTOBUF

SOON_S = 1.0


class Event:
    """One event of a stream."""

    def __init__(self, text: str) -> None:
        fields = dict(line.split(": ", 1) for line in text.splitlines())
        self.kind = fields["event"]
        self.number = int(fields["id"])
        self.data: dict[str, Any] = json.loads(fields["data"])


class Stream:
    """A connection to the live stream that delivers piece by piece, as a real one does."""

    def __init__(self, server: Server, query: str = "", headers: dict[str, str] | None = None) -> None:
        self._messages: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._buffer = ""
        scope = {
            "type": "http",
            "method": "GET",
            "path": "/api/v1/traces/live",
            "raw_path": b"/api/v1/traces/live",
            "query_string": query.encode(),
            "headers": [(key.encode(), value.encode()) for key, value in (headers or {}).items()],
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 80),
        }
        self._task = asyncio.create_task(_run(server.http(scope, self._receive, self._send)))

    async def start(self) -> MutableMapping[str, Any]:
        return await asyncio.wait_for(self._messages.get(), 5)

    async def event(self, timeout_s: float = SOON_S) -> Event:
        while True:
            block, found, rest = self._buffer.partition("\n\n")
            if found:
                self._buffer = rest
                if not block.startswith(":"):
                    return Event(block)
                continue
            message = await asyncio.wait_for(self._messages.get(), timeout_s)
            self._buffer += message.get("body", b"").decode()

    async def ended(self) -> bool:
        await asyncio.wait_for(self._task, 5)
        return True

    async def close(self) -> None:
        self._gone.set()
        await asyncio.wait_for(self._task, 5)

    async def _send(self, message: MutableMapping[str, Any]) -> None:
        await self._messages.put(message)

    async def _receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}


async def _run(call: Awaitable[None]) -> None:
    await call


@asynccontextmanager
async def running(server: Server) -> AsyncGenerator[httpx.AsyncClient, None]:
    app = server.http
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trilha") as client,
    ):
        yield client


Script = Callable[[Server, httpx.AsyncClient], Coroutine[Any, Any, None]]


@pytest.fixture
def play(sqlite_template: bytes, tmp_path: Path) -> Callable[[Script], None]:
    """Runs a script against a server of its own."""
    (tmp_path / "trilha.db").write_bytes(sqlite_template)
    server = build(Settings(data_dir=tmp_path, grpc_port="off"))

    async def whole(script: Script) -> None:
        async with running(server) as client:
            await script(server, client)

    return lambda script: asyncio.run(whole(script))


async def send(client: httpx.AsyncClient, number: int, experiment: str = "0") -> None:
    headers = {**PROTOBUF, "x-mlflow-experiment-id": experiment}
    body = a_request(a_span(trace=number, name=f"n{number}")).SerializeToString()
    assert (await client.post("/v1/traces", content=body, headers=headers)).status_code == 200


def test_a_change_arrives_within_a_second(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        await send(client, 1)
        stream = Stream(server)
        start = await stream.start()
        await send(client, 2)
        sent_s = time.monotonic()
        event = await stream.event()

        assert time.monotonic() - sent_s < SOON_S
        assert (event.kind, event.data["trace_id"], event.data["name"]) == ("trace", trace_id(2), "n2")
        assert event.number == event.data["change"]
        assert (b"content-type", b"text/event-stream; charset=utf-8") in start["headers"]
        await stream.close()

    play(script)


def test_who_comes_back_goes_on_after_the_last_event(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        for number in (1, 2, 3):
            await send(client, number)
        first = Stream(server, "since=0")
        seen = [await first.event(), await first.event()]
        await first.close()

        again = Stream(server, "since=0", {"last-event-id": str(seen[-1].number)})
        rest = await again.event()
        await again.close()

        assert [event.data["trace_id"] for event in (*seen, rest)] == [trace_id(1), trace_id(2), trace_id(3)]

    play(script)


@pytest.mark.slow
def test_a_deletion_is_told(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        await send(client, 1)
        stream = Stream(server)
        await stream.start()
        await client.delete(f"/api/v1/traces/{trace_id(1)}")
        event = await stream.event(timeout_s=5)

        assert (event.kind, event.data) == ("deletion", {"trace_id": trace_id(1), "experiment_id": "0"})
        await stream.close()

    play(script)


@pytest.mark.slow
def test_edits_and_assessments_are_told_within_a_second(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        await send(client, 1)
        stream = Stream(server)
        await stream.start()
        path = f"/api/v1/traces/{trace_id(1)}"
        await client.patch(f"{path}/tags", json={"tags": {"env": "prod"}})
        edited = await stream.event(1.5)
        await client.post(f"{path}/assessments", json={"name": "quality", "value": 5})
        assessed = await stream.event(1.5)

        assert edited.data["tags"]["env"] == "prod"
        assert assessed.number > edited.number
        await stream.close()

    play(script)


def test_only_the_experiments_asked_for_are_told(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        made = (await client.post("/api/v1/experiments", json={"name": "a"})).json()["experiment_id"]
        stream = Stream(server, f"experiment_id={made}")
        await stream.start()
        await send(client, 1)
        await send(client, 2, made)

        assert (await stream.event()).data["trace_id"] == trace_id(2)
        await stream.close()

    play(script)


def test_many_streams_are_all_told(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        streams = [Stream(server) for _ in range(10)]
        for stream in streams:
            await stream.start()
        await send(client, 1)

        assert {(await stream.event()).data["trace_id"] for stream in streams} == {trace_id(1)}
        for stream in streams:
            await stream.close()

    play(script)


def test_a_server_that_stops_ends_its_streams(play: Callable[[Script], None]) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        stream = Stream(server)
        await stream.start()
        server.stop_streams()

        assert await stream.ended()

    play(script)


@pytest.mark.parametrize("query", ["since=x", "since=-1", "since=", "experiment_id=abc", "since=" + "9" * 30])
def test_nonsense_is_refused(play: Callable[[Script], None], query: str) -> None:
    async def script(server: Server, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/api/v1/traces/live?{query}")

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

    play(script)
