"""A server for spans that behaves as badly as it is told to, and remembers what it has taken."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.ports import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the server does with a request."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    wait_s: float = 0.0
    """How long it thinks before it answers."""
    resets: bool = False
    """Whether it cuts the connection instead of answering."""
    announced_bytes: int | None = None
    """The length that it announces, where that is not the body's."""
    drip_s: float = 0.0
    """How long it takes over each byte of the body."""


OK = Reply()
RESET = Reply(resets=True)
HANG = Reply(wait_s=600.0)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A request as it came."""

    at_s: float
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    """Numbers the connections."""

    @property
    def spans(self) -> list[Span]:
        """The spans in the request."""
        request = ExportTraceServiceRequest.FromString(self.body)
        return [span for part in request.resource_spans for scope in part.scope_spans for span in scope.spans]


Behaviour = Callable[[Taken], Reply]


class Sink:
    """A server on the loopback interface; a context, so that it ends."""

    def __init__(self, behaviour: Behaviour | Iterable[Reply] = (), *, port: int = 0) -> None:
        self.behaviour: Behaviour = behaviour if callable(behaviour) else _in_turn(behaviour)
        self.requests: list[Taken] = []
        """All of them, in the order in which they came."""
        self.accepted: list[Taken] = []
        """Those that were answered with 200."""
        self.closing = threading.Event()
        self.connections = 0
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def span_ids(self) -> list[bytes]:
        """The ids of all spans that were taken, as often as they were."""
        return [span.span_id for request in list(self.accepted) for span in request.spans]

    @property
    def root_names(self) -> list[str]:
        """The names of the roots that were taken, each once."""
        roots = {
            span.span_id: span.name
            for request in list(self.accepted)
            for span in request.spans
            if not span.parent_span_id
        }
        return sorted(roots.values())

    def wait_for(self, condition: Callable[[], bool], timeout_s: float = 10.0) -> bool:
        """Wait until something is so; tells whether it is."""
        deadline_s = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.01)
        return True

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _in_turn(replies: Iterable[Reply]) -> Behaviour:
    left = iter(list(replies))

    def behaviour(request: Taken) -> Reply:
        return next(left, OK)

    return behaviour


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, sink: Sink, port: int) -> None:
        self.sink = sink
        super().__init__((LOOPBACK, port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # clients may go at any time
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def setup(self) -> None:
        super().setup()
        self.server.sink.connections += 1
        self.number = self.server.sink.connections

    def do_POST(self) -> None:
        sink = self.server.sink
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {key.lower(): value for key, value in self.headers.items()}
        request = Taken(at_s=time.monotonic(), path=self.path, headers=headers, body=body, connection=self.number)
        sink.requests.append(request)
        reply = sink.behaviour(request)
        if reply.wait_s:
            sink.closing.wait(reply.wait_s)
        if reply.resets or sink.closing.is_set():
            self._reset()
            return
        if reply.status == 200:
            sink.accepted.append(request)
        self._answer(reply)

    do_PATCH = do_PUT = do_POST

    def _answer(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for key, value in reply.headers.items():
            self.send_header(key, value)
        length = len(reply.body) if reply.announced_bytes is None else reply.announced_bytes
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if not reply.drip_s:
            self.wfile.write(reply.body)
        else:
            for byte in reply.body:
                self.wfile.write(bytes((byte,)))
                if self.server.sink.closing.wait(reply.drip_s):
                    break
        if length != len(reply.body):
            self.close_connection = True

    def _reset(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def log_message(self, format: str, *args: object) -> None:  # the base class names it so
        pass
