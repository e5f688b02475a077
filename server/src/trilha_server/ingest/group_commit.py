"""Requests that wait at the same time share one commit, and each is answered after it."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future

from trilha_server.domain.batch import TraceUpdate
from trilha_server.domain.errors import Busy, StoreError, StoreUnavailable, TrilhaError
from trilha_server.ports import TraceWriter

MAX_GROUP_BYTES = 16 << 20
MAX_GROUP_UPDATES = 2000
"""A larger group makes those who wait first wait longer and saves hardly any more."""

_log = logging.getLogger(__name__)

Result = list[int]
"""For every update of the request, how many spans were not there before."""


class _Request:
    __slots__ = ("done", "size_bytes", "updates")

    def __init__(self, updates: Sequence[TraceUpdate], size_bytes: int) -> None:
        self.updates = updates
        self.size_bytes = size_bytes
        self.done: Future[Result] = Future()


class GroupCommit:
    """One thread that writes. Requests enter in order; a request is written whole or not at all."""

    def __init__(self, writer: TraceWriter, *, max_pending_bytes: int) -> None:
        self._writer = writer
        self._max_pending_bytes = max_pending_bytes
        self._pending: deque[_Request] = deque()
        self._pending_bytes = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="group-commit", daemon=True)

    @property
    def pending_bytes(self) -> int:
        """Bytes of the requests that are not answered yet."""
        return self._pending_bytes

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what has been submitted, and end."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def submit(self, updates: Sequence[TraceUpdate], size_bytes: int) -> Future[Result]:
        """Hand a request over; the future is done once it is durable and visible.

        Raises `Busy` while too much waits already. The future raises what the writer raises.
        """
        request = _Request(updates, size_bytes)
        with self._wake:
            if self._stopping:
                raise Busy("the server is stopping")
            if self._pending and self._pending_bytes + size_bytes > self._max_pending_bytes:
                raise Busy("too many requests wait to be written; try again later")
            self._pending.append(request)
            self._pending_bytes += size_bytes
            self._wake.notify()
        return request.done

    def _run(self) -> None:
        while group := self._next_group():
            self._write(group)
            with self._wake:
                self._pending_bytes -= sum(request.size_bytes for request in group)

    def _next_group(self) -> list[_Request]:
        with self._wake:
            group: list[_Request] = []
            while not group and (self._pending or not self._stopping):
                if self._pending:
                    group = self._take()
                else:
                    self._wake.wait()
            return group

    def _take(self) -> list[_Request]:
        group: list[_Request] = []
        size_bytes = updates = 0
        while self._pending and size_bytes < MAX_GROUP_BYTES and updates < MAX_GROUP_UPDATES:
            request = self._pending.popleft()
            if not request.done.set_running_or_notify_cancel():  # its sender has given up
                self._pending_bytes -= request.size_bytes
                continue
            size_bytes += request.size_bytes
            updates += len(request.updates)
            group.append(request)
        return group

    def _write(self, group: list[_Request]) -> None:
        try:
            fresh = self._writer.write([update for request in group for update in request.updates])
        except StoreError as error:
            _fail(group, error)
        except Exception as error:  # one request's fault must not fail the others, nor end this thread
            if len(group) > 1:
                for request in group:
                    self._write([request])
            else:
                _fail(group, error)
        else:
            start = 0
            for request in group:
                end = start + len(request.updates)
                request.done.set_result(fresh[start:end])
                start = end


def _fail(group: list[_Request], error: Exception) -> None:
    if not isinstance(error, TrilhaError):
        _log.error("write failed", extra={"fields": {"cause": type(error).__name__}}, exc_info=error)
        error = StoreUnavailable("the store failed", cause=type(error).__name__)
    for request in group:
        request.done.set_exception(error)
