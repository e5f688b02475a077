"""The load: prepared requests over keep-alive connections, from a process of its own, as fast as they are answered."""

import asyncio
import multiprocessing
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection as Pipe
from typing import Literal, cast

import httptools
import msgspec
import uvloop
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from benchmarks.corpus import Corpus
from benchmarks.payload import MLFLOW, OPENINFERENCE, OtlpEncoder, trace_info

_BUSY = (429, 503)
_BUSY_PAUSE_S = 0.2
_PATHS = {"otlp": "/v1/traces", "openinference": "/v1/traces", "info": "/api/3.0/mlflow/traces"}
_TYPES = {"otlp": "application/x-protobuf", "openinference": "application/x-protobuf", "info": "application/json"}


class Load(msgspec.Struct, frozen=True):
    """What is sent where."""

    port: int
    experiment_id: str
    corpus: Corpus
    first: int
    """Index of the first trace."""
    traces: int
    """How many there are at most."""
    step: int = 1
    traces_per_request: int = 1
    connections: int = 1
    seconds: float = 1e9
    """No request is begun after this time."""
    body: Literal["otlp", "openinference", "info"] = "otlp"
    prepare: bool = True
    """Build all bodies before the clock starts; otherwise each in its turn, which saves memory and measures nothing."""

    @property
    def requests(self) -> int:
        return -(-self.traces // self.traces_per_request)

    def indices(self, request: int) -> range:
        """Return which traces this request carries."""
        start = request * self.traces_per_request
        end = min(start + self.traces_per_request, self.traces)
        return range(self.first + start * self.step, self.first + end * self.step, self.step)


class LoadResult(msgspec.Struct, frozen=True):
    """What came of it."""

    acknowledged: list[int]
    """Numbers of the requests that were answered 200 with nothing rejected."""
    latencies_ms: list[float]
    seconds: float
    refusals: dict[str, int]
    """Other answers, counted; busy answers are repeated until they are accepted or time is up."""
    client_cpu_s: float


class LoadProcess:
    """One load in its own process; it waits, bodies prepared, until told to go."""

    def __init__(self, load: Load) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(load, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._pipe.recv()

    def go(self) -> None:
        self._pipe.send("go")

    def result(self) -> LoadResult:
        """Wait until all is sent, the time is up, or the server is gone."""
        result: LoadResult = self._pipe.recv()
        self._process.join()
        return result


def run_load(load: Load) -> LoadResult:
    process = LoadProcess(load)
    process.go()
    return process.result()


def _serve(load: Load, pipe: Pipe) -> None:
    bodies = _requests(load)
    if load.prepare:
        bodies = iter(list(bodies))
    pipe.send("ready")
    pipe.recv()
    pipe.send(uvloop.run(_send_all(load, bodies)))


def _requests(load: Load) -> Iterator[tuple[int, bytes]]:
    encoder = OtlpEncoder(load.corpus, OPENINFERENCE if load.body == "openinference" else MLFLOW, load.experiment_id)
    for number in range(load.requests):
        indices = load.indices(number)
        if load.body == "info":
            body = trace_info(load.corpus, indices[0], load.experiment_id)
        else:
            body = encoder.request(indices)
        yield number, _http_post(load, body)


def _http_post(load: Load, body: bytes) -> bytes:
    head = (
        f"POST {_PATHS[load.body]} HTTP/1.1\r\nHost: 127.0.0.1:{load.port}\r\nContent-Type: {_TYPES[load.body]}\r\n"
        f"x-mlflow-experiment-id: {load.experiment_id}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class _Progress:
    def __init__(self) -> None:
        self.acknowledged: list[int] = []
        self.latencies_ms: list[float] = []
        self.refusals: Counter[str] = Counter()


async def _send_all(load: Load, requests: Iterator[tuple[int, bytes]]) -> LoadResult:
    progress = _Progress()
    cpu_s, start_s = time.process_time(), time.perf_counter()
    end_s = start_s + load.seconds
    senders = (_send_in_turn(load, requests, progress, end_s) for _ in range(load.connections))
    await asyncio.gather(*senders)
    return LoadResult(
        acknowledged=progress.acknowledged,
        latencies_ms=progress.latencies_ms,
        seconds=time.perf_counter() - start_s,
        refusals=dict(progress.refusals),
        client_cpu_s=time.process_time() - cpu_s,
    )


async def _send_in_turn(load: Load, requests: Iterable[tuple[int, bytes]], progress: _Progress, end_s: float) -> None:
    """Send over one connection, one request at a time, until there are no more, or no more time, or no server."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", load.port)
        for number, request in requests:
            if time.perf_counter() >= end_s:
                break
            await _send_until_accepted(connection, number, request, progress, end_s)
        connection.close()
    except ConnectionError:
        progress.refusals["connection lost"] += 1


async def _send_until_accepted(
    connection: "_Connection", number: int, request: bytes, progress: _Progress, end_s: float
) -> None:
    while True:
        start_s = time.perf_counter()
        status, body = await connection.round_trip(request)
        latency_ms = (time.perf_counter() - start_s) * 1000
        if status == 200 and not _rejected(body):
            progress.acknowledged.append(number)
            progress.latencies_ms.append(latency_ms)
            return
        progress.refusals[str(status) if status != 200 else "200, partly rejected"] += 1
        if status not in _BUSY or time.perf_counter() >= end_s:
            return
        await asyncio.sleep(_BUSY_PAUSE_S)


def _rejected(body: bytes) -> bool:
    """Tell whether an OTLP answer names rejected spans; a JSON answer is another call's."""
    if not body or body[:1] in b"{[":
        return False
    try:
        return ExportTraceServiceResponse.FromString(body).partial_success.rejected_spans > 0
    except DecodeError:
        return False


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive and without pipelining; cheap, because the server shall be the slower one."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []

    async def round_trip(self, request: bytes) -> tuple[int, bytes]:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transport is one in all but name

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # the name is asyncio's
        if self._answer and not self._answer.done():
            self._answer.set_exception(ConnectionResetError())

    def on_message_begin(self) -> None:
        self._body = []

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_result((self._parser.get_status_code(), b"".join(self._body)))
