"""What is said of a trace, told to the server when the trace has ended and its spans are there."""

import _thread
import atexit
import logging
import math
import os
import threading
import time
from collections.abc import Callable

from trilha._context import current_span
from trilha._current import open_trace
from trilha._export import process
from trilha._export.stats import Rarely
from trilha._noop import NoOpSpan
from trilha._settings import settings
from trilha._span import OpenTrace

_LOOK_S = 0.05
_FLUSH_S = 30.0
_MOST = 10_000
"""Of about a kilobyte each."""
_BATCH = 100
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
        self._kept: list[tuple[OpenTrace, Send]] = []
        self._is_watched = False

    def add(self, trace: OpenTrace, send: Send) -> None:
        """Send when the trace has ended."""
        with self._lock:
            if len(self._kept) >= _MOST:
                _rarely.warning("full", "what was said of traces is dropped: too much waits to be told already")
                return
            self._kept.append((trace, send))
            if self._is_watched:
                return
            try:
                # Not `Thread.start`, which waits until the thread runs: a span may be ending here.
                _thread.start_new_thread(self._watch, ())
            except RuntimeError:
                return  # no more threads: the next one tries again, and so does the end of the process
            self._is_watched = True

    def send_rest(self) -> None:
        """Send what can be sent before the process ends; again what is on its way, which the server takes once."""
        ended = self._ended()
        # Parts of the time that an ending process has: the spans need the rest.
        part_s = settings().exit_timeout_s / 4
        if ended:
            is_there = process.flush(part_s)
            _send_all(ended, time.monotonic() + part_s if is_there else 0.0)

    def _watch(self) -> None:
        current_span.set(NoOpSpan())  # what is called here is no trace of the application
        while True:
            ended = self._ended()[:_BATCH]
            if ended:
                process.flush(_FLUSH_S)
                _send_all(ended)
            sent = set(map(id, ended))
            with self._lock:
                self._kept = [each for each in self._kept if id(each) not in sent]
                if not self._kept:
                    self._is_watched = False
                    return
            if not ended:
                time.sleep(_LOOK_S)

    def _ended(self) -> list[tuple[OpenTrace, Send]]:
        with self._lock:
            return [each for each in self._kept if each[0].is_ended]


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


def _send_all(ended: list[tuple[OpenTrace, Send]], deadline_s: float = math.inf) -> None:
    for number, (_, send) in enumerate(ended):
        if time.monotonic() > deadline_s:
            _log.warning("what was said of %d traces was not sent before the process ended", len(ended) - number)
            return
        try:
            send()
        except Exception as error:  # the edge of the thread
            _rarely.warning(type(error).__name__, "what was said of a trace could not be sent: %s", error)


_waiting = Waiting()
atexit.register(_waiting.send_rest)
os.register_at_fork(after_in_child=_waiting.forget)
