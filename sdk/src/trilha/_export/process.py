"""Ended spans of this process: where they go, and what happens when the process forks or ends."""

import _thread
import atexit
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

from trilha._context import current_span
from trilha._export.outbox import Change, Look, Mark, Outbox, Queue
from trilha._export.stats import Counters, Rarely, Stats
from trilha._export.weight import weigh
from trilha._forks import around_forks
from trilha._noop import NoOpSpan
from trilha._settings import settings
from trilha._span import Span

if TYPE_CHECKING:
    from trilha._export.pipeline import Pipeline

_FORK_TIMEOUT_S: Final = 5.0
_WRITE_S: Final = 1.0
"""How long an ending process waits at least for what it keeps on disk to be there."""
_SILENCE_S: Final = 60.0
_EXIT_PRIORITY: Final = -10  # after what the application registered with multiprocessing
_log = logging.getLogger("trilha")


class Process:
    """What one process has; a fork begins another one."""

    def __init__(self, look: Look | None = None) -> None:
        self.look = look
        self._first_look = look
        self.counters = Counters()
        self.outbox = Outbox(self._put_first)
        self.importing = threading.Lock()
        """Held while modules are imported on our thread: a fork in the midst would leave their locks locked."""
        self.pipeline: Pipeline | None = None
        self.is_started = False
        self._queue: Queue = SimpleQueue()
        self._hurry: SimpleQueue[None] = SimpleQueue()
        self._starting = threading.Lock()
        self._early_bytes = 0
        self._missed_spans = count()
        self._missed_roots = count()
        self._rarely = Rarely(_SILENCE_S)

    def look_through(self, look: Look | None) -> None:
        """Have what ends from now on looked through in this way; what has ended and waits, as it was then."""
        self.look = look
        if self.is_started:
            self._queue.put(Change(look))

    def flush(self, timeout_s: float, *, is_last: bool = False) -> bool:
        """Wait until what has ended is with the server; tells whether it is."""
        if not self.is_started:
            return self._queue.empty()
        mark = Mark(is_last=is_last)
        self._queue.put(mark)
        self._hurry.put(None)
        mark.done.wait(timeout_s)
        return mark.is_sent

    def end(self) -> None:
        """Send what is left within the time that an ending process has, and say what could not be sent."""
        end_s = time.monotonic() + settings().exit_timeout_s
        is_sent = self._end_spans()
        for wait in after_last_send:
            wait(end_s if is_sent else 0.0)
        if self.pipeline is not None and self.pipeline.second is not None:
            self.pipeline.second.end(end_s)

    def _end_spans(self) -> bool:
        if not self.is_started and self._queue.empty():
            return True
        now = settings()
        timeout_s = now.exit_timeout_s if now.spool_dir is None else max(now.exit_timeout_s, _WRITE_S)
        is_sent = self.flush(timeout_s, is_last=True) if timeout_s else False
        if not is_sent:
            self._give_up()
        if self.pipeline is not None and self.pipeline.spool is not None:
            self.pipeline.spool.settle_up()
        return is_sent

    def stats(self) -> Stats:
        """Count the spans of this process."""
        pipeline = self.pipeline
        spans_left = self.counters.spans_made - self.counters.spans_sent - sum(self.counters.spans_dropped.values())
        spans_pending = 0 if pipeline is None else len(pipeline.collector.pending())
        size_bytes = 0 if pipeline is None else pipeline.waiting.size_bytes
        second = None if pipeline is None or pipeline.second is None else pipeline.second.stats()
        return self.counters.stats(self._queue.qsize() + spans_pending + spans_left, size_bytes, second)

    def inherit(self, parent: "Process", forked_ns: int) -> None:
        """Take over what was begun in the process that this one is a fork of."""

        def put(span: Span) -> None:
            # What began before the fork ends in the parent too, and is the parent's to send.
            if span.start_ns >= forked_ns:
                self.outbox.put(span)

        parent.outbox.put = put
        if parent.pipeline is not None:
            parent.pipeline.abandon()

    def _put_first(self, span: Span) -> None:
        self._put_early(span)
        if not self._starting.acquire(blocking=False):
            return  # another thread starts them at this moment, or has
        self.is_started = True
        self._first_look = self.look  # after the line above: from there on a change goes through the queue
        self.outbox.put = self._put_early
        self._renew_queues()
        try:
            # Not `Thread.start`, which waits until the thread runs.
            _thread.start_new_thread(self._start, ())
        except RuntimeError:
            self._rarely.warning("thread", "spans cannot be sent: the process is ending, or has too many threads")
            self.is_started = False
            self.outbox.put = self._put_first  # the next one tries again
            self._starting.release()
            return
        _end_with_multiprocessing()
        for prepare in before_first_send:
            prepare()

    def _put_early(self, span: Span) -> None:
        """Take a span over while nobody takes them from the queue, which must not grow without bound."""
        if self._early_bytes < settings().memory_limit_bytes:
            self._early_bytes += weigh(span)[0]  # by several threads at once it may miss a few
            self._queue.put(span)
            return
        next(self._missed_spans)
        if span.parent_number is None:
            next(self._missed_roots)

    def _renew_queues(self) -> None:
        """Take queues that gevent knows, where it came after this module: waiting on others stops all its threads."""
        if type(self._queue) is queue.SimpleQueue:
            return
        early, self._queue, self._hurry = self._queue, queue.SimpleQueue(), queue.SimpleQueue()
        while not early.empty():
            self._queue.put(early.get())

    def _start(self) -> None:
        try:
            threading.Thread(target=self._run, name="trilha-collector", daemon=True).start()
        except RuntimeError:  # no more threads
            self._run()

    def _run(self) -> None:
        current_span.set(NoOpSpan())  # what is called here is no trace of the application
        try:
            with self.importing:
                # Here and not above: it is most of what there is to import, and nobody waits for this thread.
                from trilha._export.pipeline import Pipeline  # noqa: PLC0415
            pipeline = Pipeline(self._queue, self._hurry, self.counters, self._first_look)
            pipeline.start()
        except Exception:  # the edge of the thread
            _log.warning("spans cannot be sent", exc_info=True)
            self._take_over()
            self._let_go()
            return
        self.pipeline = pipeline
        self._take_over()
        pipeline.collector.run()

    def _take_over(self) -> None:
        self.outbox.put = self._queue.put
        self.counters.missed(next(self._missed_spans), next(self._missed_roots))

    def _let_go(self) -> None:
        """Keep nothing of what nobody sends, and let nobody wait for it."""
        while True:
            item = self._queue.get()
            if isinstance(item, Mark):
                item.done.set()
            elif isinstance(item, Span):
                self.counters.missed(1, item.parent_number is None, "unsendable")

    def _give_up(self) -> None:
        """Count what the end of the process will lose, and say it."""
        collector = None if self.pipeline is None else self.pipeline.collector
        unreached = [] if collector is None else collector.pending()
        in_hand = [] if collector is None else collector.in_hand.copy()
        with suppress(Empty):
            while True:
                item = self._queue.get_nowait()
                if isinstance(item, Span):
                    unreached.append(item)
                elif isinstance(item, Mark):
                    item.done.set()
        spans, roots = len(unreached), sum(span.parent_number is None for span in unreached)
        self.counters.made(spans, roots)
        lost_spans, lost_roots = (0, 0) if self.pipeline is None else self.pipeline.give_up()
        self.counters.dropped("exit", spans + len(in_hand) + lost_spans, roots + sum(in_hand) + lost_roots)


_forking = threading.local()

before_first_send: "list[Callable[[], None]]" = []
"""Called in each process when its first span has ended, on the thread of that span."""

after_last_send: "list[Callable[[float], None]]" = []
"""Called when a process ends, with the moment until which they may take: one long gone where not all spans are sent."""

_process = Process()


def outbox() -> Outbox:
    """Return where the spans of new traces go when they end. Not to be kept across forks, but by traces."""
    return _process.outbox


def look_through(look: Look | None) -> None:
    """Have each span that ends from now on changed, on another thread, before it is sent.

    Where that raises, what the span holds is withheld.
    """
    _process.look_through(look)


def flush(timeout_s: float = 30.0) -> bool:
    """Wait until the server has what ended before; tells whether it has. Never raises."""
    return _process.flush(timeout_s)


def stats() -> Stats:
    """Count what this process has made, sent and dropped."""
    return _process.stats()


def end() -> None:
    """Send what is left, within the time that an ending process has."""
    _process.end()


def _end_with_multiprocessing() -> None:
    """End when a child of multiprocessing does: it leaves without what `atexit` knows."""
    module = sys.modules.get("multiprocessing.process")
    if module is not None and module.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415  # such a process has it already

        Finalize(None, end, exitpriority=_EXIT_PRIORITY)


def _before_fork() -> None:
    _forking.has_lock = _process.importing.acquire(timeout=_FORK_TIMEOUT_S)


def _after_fork() -> None:
    if _forking.has_lock:
        _process.importing.release()


def _after_fork_in_child() -> None:
    global _process  # a process is global by nature
    parent, _process = _process, Process(_process.look)
    _process.inherit(parent, time.time_ns())  # spans take their times from the same clock


around_forks(before=_before_fork, in_parent=_after_fork, in_child=_after_fork_in_child)
atexit.register(end)
