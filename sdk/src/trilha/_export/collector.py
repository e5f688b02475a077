"""The thread that takes ended spans over, has them looked through, and writes them as OTLP."""

import logging
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Final, Protocol, TypeAlias

from trilha import names
from trilha._export.attached import NONE_ATTACHED, Attached
from trilha._export.attachment_place import AttachmentPlace
from trilha._export.encode import Files, encode_span
from trilha._export.outbox import Change, Item, Look, Mark, Queue
from trilha._export.parcels import PARCEL_AGE_S, Copy, EncodedSpan, Waiting
from trilha._export.stats import Counters
from trilha._export.weight import SPAN_BYTES, WEIGHTLESS, Weight, weigh
from trilha._settings import Destination, settings
from trilha._span import Span

_GATHER_S: Final = (0.02, 0.08)
"""How long the thread lets spans gather at a time: a wake-up for each would cost more than its encoding."""
_GATHER_SPANS: Final = 128
_GATHER_BYTES: Final = 1 << 20
"""Spans that need not be joined by more."""
_TURN_SPANS: Final = 64
"""Spans that are encoded before the application's threads get a chance."""
_TURN_BYTES: Final = 1 << 20
"""The same where they are large: for a moment they are in memory twice."""
_TURN_SHARE: Final = 16
"""Where much is pending, a turn takes this part of it, so that it does not grow for ever."""
_BREATH_S: Final = 0.0001
"""Long enough for a thread that waits for the interpreter to take it: `sleep(0)` has it back before that one wakes."""
_log = logging.getLogger("trilha")


Encoded: TypeAlias = "tuple[Destination, EncodedSpan]"
"""Where a span or an attachment goes, and what is written of it."""


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
        self._pending: deque[tuple[Item, Weight]] = deque()
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
            self._pend(item)
            if self._spool is None and isinstance(item, Span):
                self._gather()
        self._work()
        if self._waiting.seal(time.monotonic() - PARCEL_AGE_S):
            self._hand_over(None)

    def _gather(self) -> None:
        for wait_s in _GATHER_S:
            with suppress(Empty):
                self._hurry.get(timeout=wait_s)
                break
            self._take_in()
            if len(self._pending) > _GATHER_SPANS or self._pending_bytes > _GATHER_BYTES:
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
        self._skip(self._queue.qsize() - self._waiting.limit_bytes // SPAN_BYTES)
        for _ in range(self._queue.qsize()):
            self._pend(self._queue.get_nowait())
        lacking_bytes = self._waiting.reserve(self._pending_bytes + self._queue.qsize() * SPAN_BYTES)
        while lacking_bytes > 0 and self._pending:
            item, (size_bytes, _) = self._pending.popleft()
            self._pending_bytes -= size_bytes
            if isinstance(item, Mark):
                self._pass(item)
            elif isinstance(item, Change):
                self.look = item.look
            else:
                self._counters.missed(1, item.parent_number is None)
            lacking_bytes -= size_bytes

    def _skip(self, items: int) -> None:
        """Let some go unweighed: an endless loop makes spans as fast as they can be weighed."""
        spans = roots = 0
        for _ in range(items):
            item = self._queue.get_nowait()
            if not isinstance(item, Span):
                self._pending.append((item, WEIGHTLESS))
            else:
                spans += 1
                roots += item.parent_number is None
        self._counters.missed(spans, roots)

    def _pend(self, item: Item) -> None:
        weight = weigh(item) if isinstance(item, Span) else WEIGHTLESS
        self._pending.append((item, weight))
        self._pending_bytes += weight[0]

    def _encode(self) -> None:
        """Encode some spans, keep them on disk, and put them into parcels."""
        encoded: list[Encoded] = []
        mark: Mark | None = None
        most_spans = max(_TURN_SPANS, len(self._pending) // _TURN_SHARE)
        left_bytes = self._pending_bytes - max(_TURN_BYTES, self._pending_bytes // _TURN_SHARE)
        while self._pending and mark is None and len(encoded) < most_spans and self._pending_bytes > left_bytes:
            item, (size_bytes, may_hold_files) = self._pending.popleft()
            self._pending_bytes -= size_bytes
            if isinstance(item, Mark):
                mark = item
            elif isinstance(item, Change):
                self.look = item.look
            else:
                self._encode_one(item, may_hold_files, encoded)
        if encoded:
            self._waiting.reserve(self._pending_bytes)
            copy = self._spool.write(encoded) if self._spool else None
            if copy is not None:
                for _, span in encoded:
                    span.copy = copy
            is_full = self._waiting.add(encoded, time.monotonic())
            self.in_hand.clear()
            if is_full:
                self._hand_over(None)
        if mark is not None:
            self._pass(mark)

    def _encode_one(self, span: Span, may_hold_files: bool, encoded: list[Encoded]) -> None:
        is_root = span.parent_number is None
        self._counters.made(1, is_root)
        self.in_hand.append(is_root)
        if self.look is not None:
            try:
                may_hold_files |= self.look(span)  # what it has changed was not weighed
            except Exception as error:  # the application's; what was meant to be hidden must not get out
                withhold(span, error)
                self._counters.spans_withheld += 1
        files = Attached(span, settings()) if may_hold_files else NONE_ATTACHED
        try:
            encoded.append((span.trace.destination, EncodedSpan(encode_span(span, files), is_root)))
        except Exception as error:  # whatever the application's objects raise
            self.in_hand.pop()
            self._counters.dropped("unwritable", 1, is_root, type(error).__name__)
            return
        if files.found or files.too_large:
            self._attach(span, files, encoded)

    def _attach(self, span: Span, attached: Files, encoded: list[Encoded]) -> None:
        """Put the attachments of a span after it."""
        self._counters.attachments_made += len(attached.found) + len(attached.too_large)
        self._counters.attachments_lost("too large", len(attached.too_large))
        to = span.trace.destination
        for attachment in attached.found.values():
            place = AttachmentPlace(
                experiment_id=to.experiment_id,
                experiment=to.experiment,
                trace_id=span.trace_id,
                attachment_id=attachment.id,
            )
            encoded.append((place, EncodedSpan(attachment.content_bytes, is_root=False)))

    def _pass(self, mark: Mark) -> None:
        self._waiting.seal(time.monotonic())
        mark.number = self._waiting.newest_number()
        self._hand_over(mark)


def withhold(span: Span, error: Exception) -> None:
    """Take everything out of a span but its place, its name and its times."""
    span.inputs_kept = span.outputs_kept = span.events_kept = span.links_kept = span.description = None
    span.status_message = ""
    span.attributes_kept = {names.WITHHELD: type(error).__name__}
    if span.parent_number is None:
        span.trace.request_preview = span.trace.response_preview = None
