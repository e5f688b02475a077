"""The two threads of a process and what stands between them, put together."""

import logging
import os
import threading
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from trilha import _wire
from trilha._export.answers import Answer, Verdict
from trilha._export.collector import Collector
from trilha._export.leftovers import Leftovers
from trilha._export.outbox import Look, Mark, Queue
from trilha._export.parcels import Parcel, Waiting
from trilha._export.post import Post, resource_field
from trilha._export.second import SecondDestination, WaitingForBoth
from trilha._export.sender import Sender
from trilha._export.spool import Spool, is_possible
from trilha._export.spool_records import About
from trilha._export.stats import Counters, Rarely
from trilha._server import server_of
from trilha._settings import Settings, settings
from trilha._version import VERSION

_SILENCE_S: Final = 60.0
_SCOPE: Final = _wire.scope("trilha", VERSION)
_log = logging.getLogger("trilha")

_LATE: Final = ("encodings.idna", "trilha._source", *(("pwd",) if os.name == "posix" else ()))
_VERSIONS: Final = "trilha._client.versions"
for _late in _LATE if settings().active_model_id is None else (*_LATE, _VERSIONS):
    # Here, where no fork comes between, and not by the first request and the first trace.
    import_module(_late)


class Pipeline:
    """Everything between the queue of ended spans and the server."""

    def __init__(self, queue: Queue, hurry: "SimpleQueue[None]", counters: Counters, look: Look | None) -> None:
        now = settings()
        self._counters = counters
        route = Route(now)
        self.second = _second(now, route.about.resource)
        self.waiting = _waiting(now, counters, self.second)
        self.spool = _spool(now, route.about, counters)
        self.leftovers = None if self.spool is None else Leftovers(self.spool, counters)
        route.spool = self.spool
        self.sender = Sender(self.waiting, counters, route, self.leftovers)
        self.collector = Collector(
            queue, self.waiting, counters, hurry=hurry, spool=self.spool, hand_over=self._hand_over
        )
        self.collector.look = look

    def start(self) -> None:
        """Start the thread that sends. Raises `RuntimeError` where there can be no more threads."""
        threading.Thread(target=self.sender.run, name="trilha-sender", daemon=True).start()
        if self.second is not None:
            self.second.start()
        if settings().active_model_id is not None:
            import_module(_VERSIONS).see_to_environment()

    def give_up(self) -> tuple[int, int]:
        """Say what is kept on disk; returns how many spans, and roots, the end of the process will lose."""
        spans, roots = self.waiting.count()
        attachments = self.waiting.attachments()
        if (spans or attachments) and self.spool is not None and self.waiting.is_on_disk():
            files = f" and {attachments} attachments" if attachments else ""
            _log.warning("%d spans%s were not sent; they are kept in %s", spans, files, self.spool.folder)
            return 0, 0
        self._counters.attachments_lost("exit", attachments)
        return spans, roots

    def _hand_over(self, mark: Mark | None) -> None:
        if self.second is not None:
            self.second.hear(mark)  # first: who sees the mark of the end answered looks for the other one's
        self.sender.inbox.put(mark)

    def abandon(self) -> None:
        """Close what a fork has inherited, without a word to anybody."""
        if self.spool is not None:
            self.spool.abandon()
        if self.leftovers is not None:
            self.leftovers.abandon()


class Route:
    """The way to the server that the settings name; it follows when they change."""

    def __init__(self, now: Settings) -> None:
        self.spool: Spool | None = None
        self._settings: Settings = now
        self._post, self.about = _post(now)

    @property
    def url(self) -> str:
        """The address of the last request."""
        return self._post.url

    def send(self, parcel: Parcel) -> Answer:
        """Send a parcel once."""
        now = settings()
        if now is not self._settings:
            try:
                self._post, self.about = _post(now)
            except Exception as error:  # the edge: whatever an address, or a file that names one, can be
                return Answer(verdict=Verdict.NOT_YET, text=f"the new address cannot be used ({type(error).__name__})")
            self._settings = now
            if self.spool is not None:
                self.spool.about = self.about
        return self._post.send(parcel)


def _post(now: Settings) -> tuple[Post, About]:
    server = server_of(now)
    resource = resource_field(now.resource, VERSION)
    post = Post(server, resource, _SCOPE, f"trilha/{VERSION}")
    return post, About(server.base_url, resource)


def _waiting(now: Settings, counters: Counters, second: SecondDestination | None) -> Waiting:
    def on_dropped(spans: int, roots: int) -> None:
        counters.dropped("memory", spans, roots)

    def on_attachments_dropped(count: int) -> None:
        counters.attachments_lost("memory", count)

    if second is None:
        return Waiting(now.memory_limit_bytes, on_dropped, on_attachments_dropped)
    left_bytes = now.memory_limit_bytes - second.waiting.limit_bytes
    return WaitingForBoth(second.waiting, left_bytes, on_dropped, on_attachments_dropped)


def _second(now: Settings, resource: bytes) -> SecondDestination | None:
    """Make the second destination, where there is one, which has half of the memory."""
    if now.second_destination is None:
        return None
    return SecondDestination(now.second_destination, now.memory_limit_bytes // 2, resource, _SCOPE)


def _spool(now: Settings, about: About, counters: Counters) -> Spool | None:
    if now.spool_dir is None:
        return None
    if not is_possible():
        Rarely(_SILENCE_S).warning("spool", "TRILHA_SPOOL_DIR is ignored: this system has no file locks for it")
        return None
    return Spool(Path(now.spool_dir), about, counters, now.spool_limit_bytes)
