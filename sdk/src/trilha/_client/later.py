"""What is said of a trace, told to the server when the trace has ended and its spans are there."""

import _thread
import logging
import threading
import time
from collections.abc import Callable
from contextvars import Context

from trilha._context import current_span
from trilha._current import open_trace
from trilha._export import process
from trilha._export.stats import Rarely
from trilha._forks import around_forks
from trilha._noop import NoOpSpan
from trilha._span import OpenTrace

_LOOK_S = 0.05
_FLUSH_S = 30.0
_LOOK_AT_END_S = 0.01
_MOST = 10_000
"""Of about a kilobyte each."""
_SILENCE_S = 60.0
_log = logging.getLogger("trilha")
_rarely = Rarely(_SILENCE_S)

Send = Callable[[], object]


class Waiting:
    """What waits for its traces to end."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with nothing, as a process does that is the fork of another: what waited is the other's to send."""
        self._lock = threading.Lock()
        self._kept: list[tuple[OpenTrace | None, Send]] = []
        self._is_watched = False

    def add(self, trace: OpenTrace | None, send: Send) -> None:
        """Send when the trace has ended; at once where there is none to wait for."""
        with self._lock:
            if len(self._kept) >= _MOST:
                _rarely.warning("full", "what was said of traces is dropped: too much waits to be told already")
                return
            self._kept.append((trace, send))
            if self._is_watched:
                return
            try:
                # Not `Thread.start`, which waits until the thread runs: a span may be ending here. In no context, since
                # gevent would hand ours on: what is sent goes where the traces go, whatever server is asked here.
                Context().run(_thread.start_new_thread, self._watch, ())
            except RuntimeError:
                return  # no more threads: the next one tries again
            self._is_watched = True

    def wait(self, until_s: float) -> None:
        """Wait until what can be sent is sent, but not beyond a moment; say what is lost with the process."""
        while self._ended() and time.monotonic() < until_s:
            time.sleep(_LOOK_AT_END_S)
        lost = self._kept.copy()  # with what was said of traces that never ended
        if lost:
            _log.warning("%d calls (feedback, tags, versions) were not sent before the process ended", len(lost))

    def _watch(self) -> None:
        current_span.set(NoOpSpan())  # what is called here is no trace of the application
        while True:
            ended = self._ended()
            if ended:
                process.flush(_FLUSH_S)
            for one in ended:
                _try(one[1])
                with self._lock:
                    self._kept.remove(one)
            with self._lock:
                if not self._kept:
                    self._is_watched = False
                    return
            if not ended:
                time.sleep(_LOOK_S)

    def _ended(self) -> list[tuple[OpenTrace | None, Send]]:
        # Without the lock: a signal that ends the process may have interrupted whoever holds it.
        return [each for each in self._kept.copy() if each[0] is None or each[0].is_ended]


def when_ended(trace_id: str, send: Send) -> bool:
    """Send when the trace has ended, on another thread; tells whether it is one that is going on here.

    What goes wrong then is logged.
    """
    trace = open_trace(trace_id)
    if trace is None:
        return False
    when_sent(trace, send)
    return True


def when_sent(trace: OpenTrace, send: Send) -> None:
    """Send when the trace has ended and its spans are with the server, on another thread."""
    _waiting.add(trace, send)


def soon(send: Send) -> None:
    """Send on another thread, once what has ended here is with the server."""
    _waiting.add(None, send)


def _try(send: Send) -> None:
    try:
        send()
    except Exception as error:  # the edge of the thread
        _rarely.warning(type(error).__name__, "what was said of a trace could not be sent: %s", error)


_waiting = Waiting()
process.after_last_send.append(_waiting.wait)
around_forks(in_child=_waiting.forget)
