"""The thread that takes ended spans over, has them looked through, and writes them as OTLP."""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeAlias

from trilha import names
from trilha._export.encode import encode_span
from trilha._export.outbox import Item, Look, Mark, Queue
from trilha._export.parcels import PARCEL_AGE_S, Copy, EncodedSpan, Waiting
from trilha._export.stats import Counters
from trilha._export.weight import SPAN_BYTES, weight_bytes
from trilha._settings import Destination
from trilha._span import Span

_GATHER_S: Final = 0.02
"""How long the thread lets spans gather at a time: a wake-up for each would cost more than its encoding."""
_GATHER_TIMES: Final = 5
_GATHER_SPANS: Final = 128
"""Spans that need not be joined by more."""
_TURN_SPANS: Final = 32
"""Spans that are encoded before the application's threads get a chance."""
_TURN_SHARE: Final = 16
"""Where much is pending, a turn takes this part of it, so that it does not grow for ever."""
_BREATH_S: Final = 0.0001
"""Long enough for a thread that waits for the interpreter to take it: `sleep(0)` has it back before that one wakes."""
_log = logging.getLogger("trilha")


Encoded: TypeAlias = "tuple[Destination, bytes, bool]"
"""Where a span goes, what is written of it, and whether it is a root."""


class Spool(Protocol):
    """A place on disk for encoded spans."""

    def write(self, spans: "list[Encoded]") -> Copy | None:
        """Keep spans until they are settled. Returns who keeps them; `None` where that failed."""
        ...


class Collector:
    """Takes spans from a queue and leaves them as closed parcels."""

    def __init__(
        self,
        queue: Queue,
        waiting: Waiting,
        counters: Counters,
        *,
        hurry: "SimpleQueue[None]",
        spool: Spool | None,
        hand_over: Callable[[Mark | None], None],
    ) -> None:
        self._queue = queue
        self._waiting = waiting
        self._counters = counters
        self._spool = spool
        self._hand_over = hand_over
        self._hurry = hurry
        self.look: Look | None = None
        self._pending: deque[tuple[Item, int]] = deque()
        self._pending_bytes = 0
        self.in_hand: list[bool] = []
        """Of each span that is neither pending nor waiting yet, whether it is a root."""

    def run(self) -> None:
        """Work until the process ends."""
        while True:
            try:
                self.turn()
            except Exception:  # the edge of the thread: without it nothing would be sent any more
                _log.warning("collecting spans failed; it goes on", exc_info=True)

    def pending(self) -> list[Span]:
        """Return the spans that were taken and not encoded yet, on whatever thread."""
        return [item for item, _ in self._pending.copy() if isinstance(item, Span)]

    def turn(self) -> None:
        """Wait for spans, and for parcels to come of age, and see to what is there."""
        due_s = self._waiting.next_due_s()
        try:
            wait_s = None if due_s is None else max(0.0, due_s - time.monotonic())
            item = self._queue.get(timeout=wait_s)
        except Empty:
            pass
        else:
            self._pending.append((item, 0))
            if self._spool is None and isinstance(item, Span):
                self._gather()
        self._work()
        if self._waiting.seal(time.monotonic() - PARCEL_AGE_S):
            self._hand_over(None)

    def _gather(self) -> None:
        for _ in range(_GATHER_TIMES):
            with suppress(Empty):
                self._hurry.get(timeout=_GATHER_S)
                break
            if self._queue.qsize() > _GATHER_SPANS:
                return
        with suppress(Empty):
            while True:
                self._hurry.get_nowait()

    def _work(self) -> None:
        self._take_in()
        while self._pending:
            self._encode()
            if self._pending:
                time.sleep(_BREATH_S)
            self._take_in()

    def _take_in(self) -> None:
        """Weigh what has come, and let the oldest go where it is more than memory may hold."""
        take = self._queue.get_nowait
        coming = self._queue.qsize()
        if len(self._pending) + coming <= _TURN_SPANS:
            for _ in range(coming):
                self._pending.append((take(), 0))  # encoded in this turn: to weigh them first would change nothing
            return
        self._skip(coming - self._waiting.limit_bytes // SPAN_BYTES)
        for _ in range(self._queue.qsize()):
            self._pend(take())
        lacking_bytes = self._waiting.reserve(self._pending_bytes + self._queue.qsize() * SPAN_BYTES)
        while lacking_bytes > 0 and self._pending:
            item, size_bytes = self._next()
            if isinstance(item, Mark):
                self._pass(item)
            else:
                self._made(item)
                self._counters.dropped("memory", 1, item.parent_number is None)
            lacking_bytes -= size_bytes

    def _skip(self, items: int) -> None:
        """Let some go unweighed: an endless loop makes spans as fast as they can be weighed."""
        spans = roots = 0
        for _ in range(items):
            item = self._queue.get_nowait()
            if isinstance(item, Mark):
                self._pend(item)
            else:
                spans += 1
                roots += item.parent_number is None
        self._counters.missed(spans, roots)

    def _pend(self, item: Item) -> None:
        size_bytes = 0 if isinstance(item, Mark) else weight_bytes(item)
        self._pending.append((item, size_bytes))
        self._pending_bytes += size_bytes

    def _next(self) -> tuple[Item, int]:
        item, size_bytes = self._pending.popleft()
        self._pending_bytes -= size_bytes
        return item, size_bytes

    def _encode(self) -> None:
        """Encode some spans, keep them on disk, and put them into parcels."""
        encoded: list[Encoded] = []
        mark: Mark | None = None
        most_spans = max(_TURN_SPANS, len(self._pending) // _TURN_SHARE)
        while self._pending and mark is None and len(encoded) < most_spans:
            item, _ = self._next()
            if isinstance(item, Mark):
                mark = item
            else:
                self._encode_one(item, encoded)
        if encoded:
            self._waiting.reserve(self._pending_bytes)
            copy = self._spool.write(encoded) if self._spool else None
            spans = [(place, EncodedSpan(payload, is_root, copy)) for place, payload, is_root in encoded]
            is_full = self._waiting.add(spans, time.monotonic())
            self.in_hand.clear()
            if is_full:
                self._hand_over(None)
        if mark is not None:
            self._pass(mark)

    def _encode_one(self, span: Span, encoded: list[Encoded]) -> None:
        self._made(span)
        is_root = span.parent_number is None
        self.in_hand.append(is_root)
        if self.look is not None:
            try:
                self.look(span)
            except Exception as error:  # the application's; what was meant to be hidden must not get out
                withhold(span, error)
                self._counters.spans_withheld += 1
        try:
            encoded.append((span.trace.destination, encode_span(span), is_root))
        except Exception as error:  # whatever the application's objects raise
            self.in_hand.pop()
            self._counters.dropped("unwritable", 1, is_root, type(error).__name__)

    def _made(self, span: Span) -> None:
        self._counters.spans_made += 1
        if span.parent_number is None:
            self._counters.traces_made += 1

    def _pass(self, mark: Mark) -> None:
        self._waiting.seal(time.monotonic())
        mark.number = self._waiting.newest_number()
        self._hand_over(mark)


def withhold(span: Span, error: Exception) -> None:
    """Take everything out of a span but its place, its name and its times."""
    span.inputs_kept = span.outputs_kept = span.events_kept = span.links_kept = None
    span.status_message = ""
    span.attributes_kept = {names.WITHHELD: type(error).__name__}
    if span.parent_number is None:
        span.trace.request_preview = span.trace.response_preview = None
