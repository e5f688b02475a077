"""What is said of a trace while it is going on, told to the server when it has ended."""

import atexit
import logging
import os
import threading
import time
from collections.abc import Callable

from trilha._current import open_trace
from trilha._export import process
from trilha._settings import settings
from trilha._span import OpenTrace

_LOOK_S = 0.05
_FLUSH_S = 30.0
_MOST = 1000
_log = logging.getLogger("trilha")

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
                _log.warning("feedback on a trace that is going on was dropped: too much waits already")
                return
            self._kept.append((trace, send))
            if not self._is_watched:
                self._is_watched = True
                threading.Thread(target=self._watch, name="trilha-feedback", daemon=True).start()

    def send_rest(self) -> None:
        """Send what can be sent before the process ends; again what is on its way, which the server takes once."""
        ended = self._ended()
        # A part of the time that an ending process has: the spans need the rest.
        if ended and process.flush(settings().exit_timeout_s / 4):
            _send_all(ended)

    def _watch(self) -> None:
        while True:
            ended = self._ended()
            if ended:
                process.flush(_FLUSH_S)
                _send_all(ended)
            with self._lock:
                self._kept = [each for each in self._kept if each not in ended]
                if not self._kept:
                    self._is_watched = False
                    return
            time.sleep(_LOOK_S)

    def _ended(self) -> list[tuple[OpenTrace, Send]]:
        with self._lock:
            return [each for each in self._kept if each[0].is_ended]


def is_going_on(trace_id: str) -> bool:
    """Tell whether a trace is one of this process's that has not ended."""
    return open_trace(trace_id) is not None


def when_ended(trace_id: str, send: Send) -> None:
    """Send when the trace has ended, on another thread. What goes wrong then is logged."""
    trace = open_trace(trace_id)
    if trace is not None:
        _waiting.add(trace, send)


def _send_all(ended: list[tuple[OpenTrace, Send]]) -> None:
    for _, send in ended:
        try:
            send()
        except Exception as error:  # the edge of the thread
            _log.warning("feedback on a trace could not be sent: %s", error)


_waiting = Waiting()
atexit.register(_waiting.send_rest)
os.register_at_fork(after_in_child=_waiting.forget)
