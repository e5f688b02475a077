"""Runs the server until it is told to stop."""

import contextlib
import gc
import ipaddress
import socket
from collections.abc import Generator
from types import FrameType

import uvicorn

from trilha_server.app import Server, build
from trilha_server.cli.logs import set_up_logs
from trilha_server.domain.errors import InvalidInput, StoreUnavailable
from trilha_server.settings import Settings

DRAIN_S = 3
"""Requests under way may take so long after SIGTERM; with the writing of what is queued, the exit stays below 5 s."""

BACKLOG = 2048
GC_ALLOCATIONS = 50_000


class _Uvicorn(uvicorn.Server):
    """Ends live streams first when it is told to stop."""

    def __init__(self, config: uvicorn.Config, server: Server) -> None:
        super().__init__(config)
        self._trilha = server

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._trilha.stop_streams()
        super().handle_exit(sig, frame)


def serve(settings: Settings) -> None:
    """Listen and serve. Raises `InvalidInput` for an address that needs access control, and `StoreError`."""
    _check_host(settings)
    set_up_logs(settings.log_format)
    if settings.grpc_port != "off":  # taken later, inside the event loop, where a failure has no good way to be told
        with _listening(settings.host, int(settings.grpc_port)):
            pass
    with _listening(settings.host, settings.port) as listener:
        server = build(settings)
        _spare_the_collector()
        config = uvicorn.Config(
            server.asgi,
            log_config=None,
            access_log=False,
            proxy_headers=False,  # nothing asks where a request comes from
            loop="uvloop",
            http="httptools",
            lifespan="on",
            timeout_graceful_shutdown=DRAIN_S,
            timeout_keep_alive=75,
            server_header=False,
            date_header=False,
        )
        port = listener.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        print(f"Trilha listens on http://{host}:{port}, data in {_shown_store(settings)}", flush=True)
        uvicorn_server = _Uvicorn(config, server)
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn_server.run(sockets=[listener])
    if not uvicorn_server.started:
        raise StoreUnavailable("the server could not start; the lines above say why")


def _spare_the_collector() -> None:
    """Leave what start-up made out of garbage collection, and collect less often: ingest makes many brief objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, 20, 50)


def _check_host(settings: Settings) -> None:
    if settings.insecure or _is_loopback(settings.host):
        return
    raise InvalidInput(
        f"nothing asks who they are of those who reach {settings.host}: listen on 127.0.0.1 behind a proxy that does,"
        " or accept it with --insecure"
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextlib.contextmanager
def _listening(host: str, port: int) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), port))
        except OSError as error:
            raise InvalidInput(
                f"cannot listen on {host}:{port} ({error.strerror}): is another server there? choose another --port"
            ) from error
        listener.listen(BACKLOG)
        yield listener


def _shown_store(settings: Settings) -> str:
    if settings.store_url is None or settings.store_url.startswith("sqlite:"):
        return settings.resolved_store_url.removeprefix("sqlite:///")
    return "PostgreSQL"  # the URL may hold a password
