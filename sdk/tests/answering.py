"""A server in this process that answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from trilha import _settings
from trilha._settings import Destination


class Asked(NamedTuple):
    """A request that came."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    headers: dict[str, str]


Answer = tuple[int, Any] | tuple[int, Any, dict[str, str]]
Answers = Callable[[Asked], Answer]


class Answering:
    """Answers on the loopback interface; a context, so that it ends."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        self._server = _Server(self)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> "Answering":  # noqa: PYI034  # Python 3.10 has no Self
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


@contextmanager
def asked_by_all(answers: Answers) -> Generator[Answering]:
    """Be the server that this process asks, with an experiment 1, inside of the block."""
    with Answering(answers) as running:
        _settings.change(tracking_uri=running.url, destination=Destination(experiment_id="1"))
        try:
            yield running
        finally:
            _settings.forget()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        data = self.rfile.read(int(self.headers.get("content-length") or 0))
        body = json.loads(data) if data.startswith(b"{") else data
        headers = {key.lower(): value for key, value in self.headers.items()}
        asked = Asked(self.command, parts.path, parse_qs(parts.query), body, headers)
        self.server.answering.asked.append(asked)
        status, document, *more = self.server.answering.answers(asked)
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for key, value in {"Content-Length": str(len(content)), **(more[0] if more else {})}.items():
            self.send_header(key, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815  # as the base class names them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        pass
