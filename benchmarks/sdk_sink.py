"""A server that takes the traces of every SDK, answers at once, and can tell afterwards what came."""

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit
from zlib import MAX_WBITS, decompress

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_OTLP: Final = ("/v1/traces", "/api/public/otel/v1/traces")
_START_TRACE: Final = "/api/3.0/mlflow/traces"
_GZIP_OR_ZLIB: Final = MAX_WBITS | 32


class TraceSink:
    """A server on the loopback interface; a context, so that it ends. With `hangs` it takes and never answers."""

    def __init__(self, port: int = 0, *, hangs: bool = False) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        self.hangs = hangs
        self.closing = threading.Event()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def port(self) -> int:
        return self._server.server_port

    def traces(self) -> int:
        """Count the traces whose roots have come."""
        roots: set[bytes] = set()
        for path, body in list(self.bodies):
            if path.endswith(_OTLP):
                request = ExportTraceServiceRequest.FromString(body)
                roots |= {
                    span.trace_id
                    for part in request.resource_spans
                    for scope in part.scope_spans
                    for span in scope.spans
                    if not span.parent_span_id
                }
            elif path == _START_TRACE:
                with contextlib.suppress(json.JSONDecodeError):  # its sender was killed in the midst
                    trace_id: str = json.loads(body)["trace"]["trace_info"]["trace_id"]
                    roots.add(bytes.fromhex(trace_id.removeprefix("tr-")))
        return len(roots)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, sink: TraceSink, port: int) -> None:
        self.sink = sink
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:  # clients may go at any time
        pass


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sink = self.server.sink
        if sink.hangs:
            sink.closing.wait(600)
            self.close_connection = True
            return
        if self.headers.get("content-encoding") in ("gzip", "deflate"):
            body = decompress(body, _GZIP_OR_ZLIB)
        path = urlsplit(self.path).path
        sink.bodies.append((path, body))
        if path.endswith(_OTLP):
            self._answer(b"", "application/x-protobuf")
        elif path == _START_TRACE:
            self._json(_kept(json.loads(body)))
        else:
            self._json({})

    def do_GET(self) -> None:
        if self.server.sink.hangs:
            self.server.sink.closing.wait(600)
            self.close_connection = True
            return
        path = urlsplit(self.path).path
        if path == "/version":
            self._answer(b"3.17.2", "text/plain")
        elif path == "/v1/info":  # logfire asks whose token it has
            self._json({"project_name": "bench", "project_url": self.server.sink.url})
        else:
            self._json(
                {"experiment": {"experiment_id": "0", "name": "Default", "artifact_location": "mlflow-artifacts:/0"}}
            )

    def do_PUT(self) -> None:
        self.do_POST()

    def do_PATCH(self) -> None:
        self.do_POST()

    def _json(self, content: object) -> None:
        self._answer(json.dumps(content).encode(), "application/json")

    def _answer(self, body: bytes, media_type: str) -> None:
        self.send_response_only(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        pass


def _kept(sent: dict[str, Any]) -> dict[str, Any]:  # Any: JSON
    """Answer as a server that keeps the spans itself."""
    info = sent["trace"]["trace_info"]
    info.setdefault("tags", {})["mlflow.trace.spansLocation"] = "TRACKING_STORE"
    return {"trace": {"trace_info": info}}
