"""A proxy that stands before a server, writes down what passes, and misbehaves when told to."""

import http.client
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.ports import LOOPBACK

HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
UPSTREAM_TIMEOUT_S = 60.0


class Fault(Enum):
    """What goes wrong with a request."""

    ANSWER = "answer"
    """The proxy answers by itself."""
    CLOSE = "close"
    """The connection is closed before the server hears of the request."""
    LOSE_ANSWER = "lose answer"
    """The server does what it is asked, and the connection is closed instead of answering."""
    HANG = "hang"
    """Nothing is answered for a while; then the connection is closed."""


@dataclass(kw_only=True)
class FaultRule:
    """Which requests go wrong, how, and how many of them."""

    method: str
    path: str
    """The whole path, without its query; `*` at its beginning stands for anything."""
    fault: Fault = Fault.ANSWER
    times: int
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    hang_s: float = 5.0

    def is_for(self, path: str) -> bool:
        """Tell whether the rule is about a path."""
        return path.endswith(self.path[1:]) if self.path.startswith("*") else path == self.path


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A request that came by."""

    at_s: float
    """On a clock that only grows."""
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int | None
    """What the client was answered; `None` where the connection was closed."""
    answer: bytes


class FaultProxy:
    """A proxy on the loopback interface; a context, so that it ends."""

    def __init__(self, upstream_url: str, *rules: FaultRule) -> None:
        parts = urlsplit(upstream_url)
        self._upstream = (str(parts.hostname), int(parts.port or 80))
        self._rules = list(rules)
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.passages: list[Passage] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"http://{LOOPBACK}:{self._server.server_port}"

    def passed(self, method: str, path: str) -> list[Passage]:
        """List the requests of one kind, oldest first."""
        return [passage for passage in self.passages if (passage.method, passage.path) == (method, path)]

    def take_rule(self, method: str, path: str) -> FaultRule | None:
        """Find the rule for a request and count it."""
        with self._lock:
            for rule in self._rules:
                if rule.times > 0 and rule.method == method and rule.is_for(path):
                    rule.times -= 1
                    return rule
        return None

    def forward(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Ask the server itself."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=UPSTREAM_TIMEOUT_S)
        try:
            kept = {key: value for key, value in headers.items() if key.lower() not in HOP_BY_HOP}
            connection.request(method, target, body=body or None, headers=kept)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def hang(self, duration_s: float) -> None:
        """Wait, but not beyond the end of the proxy."""
        self._closing.wait(duration_s)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        self.proxy = proxy
        super().__init__((LOOPBACK, 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):  # every method is treated alike
            return self._pass
        raise AttributeError(name)

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = urlsplit(self.path).path
        status, headers, answer = self._outcome(path, dict(self.headers.items()), body)
        self.server.proxy.passages.append(
            Passage(
                at_s=time.monotonic(),
                method=self.command,
                path=path,
                headers={key.lower(): value for key, value in self.headers.items()},
                body=body,
                status=status,
                answer=answer,
            )
        )
        if status is None:
            self.close_connection = True
            return
        self._answer(status, headers, answer)

    def _answer(self, status: int, headers: list[tuple[str, str]], answer: bytes) -> None:
        self.send_response_only(status)
        for key, value in headers:
            if key.lower() not in HOP_BY_HOP:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def _outcome(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int | None, list[tuple[str, str]], bytes]:
        proxy = self.server.proxy
        rule = proxy.take_rule(self.command, path)
        if rule is None:
            return proxy.forward(self.command, self.path, headers, body)
        if rule.fault is Fault.ANSWER:
            return rule.status, list(rule.headers.items()), rule.body
        if rule.fault is Fault.LOSE_ANSWER:
            proxy.forward(self.command, self.path, headers, body)
        if rule.fault is Fault.HANG:
            proxy.hang(rule.hang_s)
        return None, [], b""

    def log_message(self, format: str, *args: object) -> None:  # the base class names it so
        pass
