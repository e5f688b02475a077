"""What the application's threads hand over, and nothing that takes time to import."""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

from trilha._span import Span


class Mark:
    """A place in the queue: who waits for it wants everything before it to be sent."""

    __slots__ = ("done", "is_last", "is_sent", "number")

    def __init__(self, *, is_last: bool = False) -> None:
        self.done = threading.Event()
        self.is_last = is_last
        """Whether the process ends after it."""
        self.is_sent = False
        self.number = 0
        """The number of the parcel that was closed for it."""


Look: TypeAlias = Callable[[Span], bool]
"""What is done to each span before it is sent; says whether it may be another then."""


class Change:
    """A place in the queue: what ended before it is looked through as it was, what ends after it in another way."""

    __slots__ = ("look",)

    def __init__(self, look: Look | None) -> None:
        self.look = look


Item: TypeAlias = Span | Mark | Change
Queue: TypeAlias = "SimpleQueue[Item]"


class Outbox:
    """Takes ended spans. `put` never waits."""

    __slots__ = ("put",)

    def __init__(self, put: Callable[[Span], None]) -> None:
        self.put = put
        """Replaced once the threads run, so that the first span's extra work costs no later one anything."""
