"""TLS before a server that speaks none, and a proxy that lets connections through."""

import contextlib
import select
import socket
import ssl
import threading
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseRequestHandler, TCPServer, ThreadingTCPServer
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlsplit

from typing_extensions import Self

from tests.support.ports import LOOPBACK

_CHUNK_BYTES = 65_536
_LOOK_S = 0.05
Listening = TypeVar("Listening", bound="_Listening")
_NOT_PASSED_ON = frozenset({"connection", "content-length", "proxy-authorization", "proxy-connection"})


class _Listening:
    """A server on a thread of its own; a context, so that it ends."""

    def __init__(self, server: TCPServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class TlsFront(_Listening):
    """Takes TLS off and passes on what was in it."""

    def __init__(self, context: ssl.SSLContext, upstream_port: int) -> None:
        self.context = context
        self.upstream_port = upstream_port
        super().__init__(_TlsServer(self))

    @property
    def url(self) -> str:
        """The address that clients are given."""
        return f"https://{LOOPBACK}:{self.port}"


class _TlsServer(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, front: TlsFront) -> None:
        self.front = front
        super().__init__((LOOPBACK, 0), _TlsHandler)


class _TlsHandler(BaseRequestHandler):
    server: _TlsServer  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def handle(self) -> None:
        front = self.server.front
        with (
            contextlib.suppress(OSError),  # a handshake that fails is the client's to tell
            front.context.wrap_socket(self.request, server_side=True) as inside,
            socket.create_connection((LOOPBACK, front.upstream_port)) as outside,
        ):
            _pump(inside, outside)


class ConnectProxy(_Listening):
    """A proxy for tunnels and for plain requests, which may want a password."""

    def __init__(self, password: str | None = None) -> None:
        self.password = password
        """`user:password` that is asked for."""
        self.targets: list[str] = []
        """What it was asked to reach, in the order in which it was."""
        super().__init__(_ProxyServer(self))

    @property
    def place(self) -> str:
        """Host and port."""
        return f"{LOOPBACK}:{self.port}"


class _ProxyServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: ConnectProxy) -> None:
        self.proxy = proxy
        super().__init__((LOOPBACK, 0), _ProxyHandler)


class _ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _ProxyServer  # pyright: ignore[reportIncompatibleVariableOverride]  # it is made by no other

    def do_CONNECT(self) -> None:
        if not self._is_welcome():
            return
        host, _, port = self.path.partition(":")
        self.server.proxy.targets.append(self.path)
        self.close_connection = True
        with socket.create_connection((host, int(port))) as outside:
            self.send_response_only(200, "Connection established")
            self.end_headers()
            _pump(self.connection, outside)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self._is_welcome():
            return
        parts = urlsplit(self.path)
        self.server.proxy.targets.append(parts.netloc)
        self.close_connection = True
        kept = [(key, value) for key, value in self.headers.items() if key.lower() not in _NOT_PASSED_ON]
        lines = [f"POST {parts.path} HTTP/1.1", *(f"{key}: {value}" for key, value in kept)]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        with socket.create_connection((str(parts.hostname), int(parts.port or 80))) as outside:
            outside.sendall("\r\n".join(lines).encode("latin-1") + body)
            _pump(self.connection, outside)

    def _is_welcome(self) -> bool:
        wanted = self.server.proxy.password
        _, _, said = (self.headers.get("proxy-authorization") or "").partition(" ")
        if wanted is None or b64decode(said).decode() == wanted:
            return True
        self.send_response_only(407)
        self.send_header("Content-Length", "0")
        self.end_headers()
        return False

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        pass


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes on, both ways, until one side ends."""
    with contextlib.suppress(OSError):
        while True:
            held = isinstance(one, ssl.SSLSocket) and one.pending() > 0
            ready = [one] if held else select.select([one, other], [], [], _LOOK_S)[0]
            for source in ready:
                data = source.recv(_CHUNK_BYTES)
                if not data:
                    return
                (other if source is one else one).sendall(data)
