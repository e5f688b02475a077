"""Encoded spans between the thread that writes them and the thread that sends them, bounded by bytes."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from trilha._export.attachment_place import AttachmentPlace, lane
from trilha._settings import Destination

PARCEL_BYTES: Final = 512 * 1024
"""A parcel that has as much is sent without waiting for more."""
PARCEL_AGE_S: Final = 0.5
"""How long a parcel waits for more."""
_OVERHEAD_BYTES: Final = 160  # a tuple, a bytes object and a place in a list


Origin: TypeAlias = Literal["memory", "own file", "dead process"]
"""Where spans come from when they are sent."""


class Copy(Protocol):
    """Where spans are kept besides memory."""

    def settle(self, count: int) -> None:
        """Take note that some spans or attachments need not be kept any longer."""
        ...

    def leave(self, spans: int, roots: int, attachments: int) -> None:
        """Take note that some spans, how many roots among them, and attachments are from now on kept there alone."""
        ...


class EncodedSpan(msgspec.Struct, gc=False):
    """A span as a field of its scope, or the content of an attachment: where it goes tells which."""

    payload: bytes
    is_root: bool
    copy: Copy | None = None
    """Who else keeps the span."""

    @property
    def size_bytes(self) -> int:
        """What the span takes in memory."""
        return len(self.payload) + _OVERHEAD_BYTES


class Parcel:
    """Spans of one destination that travel together, or one attachment."""

    __slots__ = (
        "destination",
        "is_attachment",
        "number",
        "opened_s",
        "origin",
        "resource",
        "size_bytes",
        "spans",
        "was_refused",
    )

    def __init__(self, destination: Destination, opened_s: float, origin: Origin = "memory") -> None:
        self.destination = destination
        self.is_attachment = isinstance(destination, AttachmentPlace)
        self.opened_s = opened_s
        self.origin: Origin = origin
        self.resource: bytes | None = None
        """What the process was that made the spans, where it was another one."""
        self.spans: list[EncodedSpan] = []
        self.size_bytes = 0
        self.number = 0
        """Grows in the order in which parcels are closed."""
        self.was_refused = False
        """Whether the server refused the spans together with others: they are not put together again."""

    @property
    def traces(self) -> int:
        """How many roots are among the spans."""
        return sum(span.is_root for span in self.spans)

    @property
    def span_count(self) -> int:
        """How many spans it holds."""
        return 0 if self.is_attachment else len(self.spans)

    def add(self, span: EncodedSpan) -> None:
        """Put a span in."""
        self.spans.append(span)
        self.size_bytes += span.size_bytes

    def absorb(self, other: "Parcel") -> None:
        """Take over what a later parcel of the same destination holds."""
        self.spans += other.spans
        self.size_bytes += other.size_bytes

    def halves(self) -> "list[Parcel]":
        """Share the spans out among two parcels."""
        middle = len(self.spans) // 2
        return [self._part(self.spans[:middle]), self._part(self.spans[middle:])]

    def settle(self) -> None:
        """Tell those who keep copies that none is needed any longer."""
        for copy, (count, _) in self._copies().items():
            copy.settle(count)

    def leave(self) -> "list[EncodedSpan]":
        """Leave the spans to those who keep copies; returns those that nobody keeps."""
        for copy, (count, roots) in self._copies().items():
            copy.leave(*((0, 0, count) if self.is_attachment else (count, roots, 0)))
        return [span for span in self.spans if span.copy is None]

    def _copies(self) -> "dict[Copy, tuple[int, int]]":
        """Count spans and roots by who keeps a copy."""
        counts: dict[Copy, tuple[int, int]] = {}
        for span in self.spans:
            if span.copy is not None:
                spans, roots = counts.get(span.copy, (0, 0))
                counts[span.copy] = (spans + 1, roots + span.is_root)
        return counts

    def _part(self, spans: list[EncodedSpan]) -> "Parcel":
        part = Parcel(self.destination, self.opened_s, self.origin)
        part.resource = self.resource
        part.number = self.number
        part.was_refused = True
        for span in spans:
            part.add(span)
        return part


class Waiting:
    """All parcels of this process that the server does not have. Safe for threads."""

    def __init__(
        self,
        limit_bytes: int,
        on_dropped: Callable[[int, int], None],
        on_attachments_dropped: Callable[[int], None] | None = None,
    ) -> None:
        self.limit_bytes = limit_bytes
        self._on_dropped = on_dropped
        self._on_attachments_dropped = on_attachments_dropped
        self._lock = threading.Lock()
        self._open: dict[Destination, Parcel] = {}
        self._sealed: dict[Destination, deque[Parcel]] = {}
        """By lane."""
        self._taken: Parcel | None = None
        self._last_number = 0
        self._reserved_bytes = 0
        self.size_bytes = 0
        self.spans = 0

    def add(self, spans: Iterable[tuple[Destination, EncodedSpan]], now_s: float) -> bool:
        """Put spans into the open parcels; tells whether a parcel became full."""
        became_full = False
        with self._lock:
            for destination, span in spans:
                parcel = self._open.get(destination)
                if parcel is None:
                    parcel = self._open[destination] = Parcel(destination, now_s)
                size_bytes = len(span.payload) + _OVERHEAD_BYTES
                parcel.spans.append(span)
                parcel.size_bytes += size_bytes
                self.size_bytes += size_bytes
                self.spans += not parcel.is_attachment
                if parcel.size_bytes >= PARCEL_BYTES:
                    became_full = True
                    self._seal(destination)
                    self._make_room()
            self._make_room()
        return became_full

    def reserve(self, size_bytes: int) -> int:
        """Leave room for what is not encoded yet; returns by how many bytes there is not enough."""
        with self._lock:
            self._reserved_bytes = size_bytes
            self._make_room()
            return self.size_bytes + size_bytes - self.limit_bytes

    def seal(self, opened_before_s: float) -> bool:
        """Close parcels that were opened before a moment; tells whether there were any."""
        with self._lock:
            due = [destination for destination, parcel in self._open.items() if parcel.opened_s <= opened_before_s]
            for destination in due:
                self._seal(destination)
            return bool(due)

    def next_due_s(self) -> float | None:
        """Tell when the oldest open parcel should be closed."""
        with self._lock:
            opened_s = [parcel.opened_s for parcel in self._open.values()]
            return min(opened_s) + PARCEL_AGE_S if opened_s else None

    def take(self, rests: Callable[[Destination], bool]) -> Parcel | None:
        """Hand out the oldest parcel whose lane does not rest; it stays counted until it is settled."""
        with self._lock:
            heads = [parcels[0] for destination, parcels in self._sealed.items() if not rests(destination)]
            if not heads:
                return None
            parcel = min(heads, key=_number)
            along = lane(parcel.destination)
            parcels = self._sealed[along]
            self._pop(along)
            while parcels and not parcel.is_attachment and not parcel.was_refused and not parcels[0].was_refused:
                if parcel.size_bytes + parcels[0].size_bytes > PARCEL_BYTES:
                    break
                parcel.absorb(self._pop(along))
            self._taken = parcel
            return parcel

    def give_back(self, parcels: list[Parcel]) -> None:
        """Put what was taken, whole or in parts, back to the front."""
        with self._lock:
            queue = self._sealed.setdefault(lane(parcels[0].destination), deque())
            queue.extendleft(reversed(parcels))
            self._taken = None
            self._make_room()

    def settle(self, parcel: Parcel) -> None:
        """Take what was taken out for good: the server has it, or never will."""
        with self._lock:
            self._taken = None
            self._uncount(parcel)
        parcel.settle()

    def newest_number(self) -> int:
        """Return the number of the parcel that was closed last."""
        return self._last_number

    def is_settled(self, number: int) -> bool:
        """Tell whether nothing up to this number is left."""
        with self._lock:
            left = [parcels[0] for parcels in self._sealed.values()]
            if self._taken is not None:
                left.append(self._taken)
            return all(parcel.number > number for parcel in left)

    def destinations(self) -> list[Destination]:
        """List the lanes of closed parcels."""
        with self._lock:
            return list(self._sealed)

    def is_on_disk(self) -> bool:
        """Tell whether somebody else keeps all that waits."""
        with self._lock:
            return all(span.copy is not None for parcel in self._all() for span in parcel.spans)

    def count(self) -> tuple[int, int]:
        """Return how many spans wait, and how many roots are among them."""
        with self._lock:
            return self.spans, sum(parcel.traces for parcel in self._all())

    def attachments(self) -> int:
        """Count the attachments that wait."""
        with self._lock:
            return sum(len(parcel.spans) for parcel in self._all() if parcel.is_attachment)

    def _all(self) -> list[Parcel]:
        parcels = [parcel for queue in self._sealed.values() for parcel in queue]
        return [*parcels, *self._open.values(), *((self._taken,) if self._taken else ())]

    def _seal(self, destination: Destination) -> None:
        parcel = self._open.pop(destination)
        self._last_number += 1
        parcel.number = self._last_number
        self._sealed.setdefault(lane(destination), deque()).append(parcel)

    def _pop(self, along: Destination) -> Parcel:
        parcels = self._sealed[along]
        parcel = parcels.popleft()
        if not parcels:
            del self._sealed[along]
        return parcel

    def _make_room(self) -> None:
        """Let the oldest go, except for what is being sent right now.

        The oldest and not the newest: who looks after an outage wants to see what the application does now.
        """
        while self.size_bytes + self._reserved_bytes > self.limit_bytes:
            if self._sealed:
                self._let_go(self._pop(min(self._sealed, key=lambda one: self._sealed[one][0].number)))
            elif self._open:
                self._let_go(self._open.pop(min(self._open, key=lambda one: self._open[one].opened_s)))
            else:
                return

    def _let_go(self, parcel: Parcel) -> None:
        self._uncount(parcel)
        lost = parcel.leave()
        if parcel.is_attachment:
            if lost and self._on_attachments_dropped is not None:
                self._on_attachments_dropped(len(lost))
        elif lost:
            self._on_dropped(len(lost), sum(span.is_root for span in lost))

    def _uncount(self, parcel: Parcel) -> None:
        self.size_bytes -= parcel.size_bytes
        self.spans -= parcel.span_count


def _number(parcel: Parcel) -> int:
    return parcel.number
