"""For tests of applications that are traced: spans in memory, ids that count, a clock that is moved by hand."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from trilha import _begin, _faults, _finish, _span
from trilha._begin import outlets
from trilha._export.collector import withhold
from trilha._span import OpenTrace, Span


class InMemory:
    """Takes ended spans, looked through as those that are sent are."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        """In the order of their ends."""

    def put(self, span: Span) -> None:
        """Take a span over."""
        try:
            _finish.finish(span)
        except Exception as error:  # a span processor of the application
            withhold(span, error)
        self.spans.append(span)

    @property
    def names(self) -> list[str]:
        """The names of the spans, in the order of their ends."""
        return [span.name for span in self.spans]

    @property
    def roots(self) -> list[Span]:
        """The first span of each trace."""
        return [span for span in self.spans if span.is_local_root]

    @property
    def traces(self) -> list[OpenTrace]:
        """The traces whose first span has ended."""
        return [span.trace for span in self.roots]

    def span(self, name: str) -> Span:
        """Return the only span of a name."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def tree(self) -> list[Any]:
        """Return the names as nested lists: `[["root", ["child"]]]`."""
        return [self._branch(root) for root in self.roots]

    def clear(self) -> None:
        """Forget all spans."""
        self.spans.clear()

    def _branch(self, parent: Span) -> list[Any]:
        below = [span for span in self.spans if span.parent_id == parent.span_id and span.trace is parent.trace]
        return [parent.name, *map(self._branch, sorted(below, key=lambda span: span.start_ns))]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now_ns: int = 1_700_000_000_000_000_000) -> None:
        self.now_ns = now_ns

    def __call__(self) -> int:
        """Return the time, Unix time in nanoseconds."""
        return self.now_ns

    def move_s(self, seconds: float) -> None:
        """Move the clock."""
        self.now_ns += int(seconds * 1_000_000_000)


class CountingIds:
    """Ids that begin with 1."""

    def __init__(self) -> None:
        self._newest = 0

    def __call__(self) -> int:
        """Return the next id."""
        self._newest += 1
        return self._newest


@contextmanager
def in_memory() -> Generator[InMemory]:
    """Keep the spans of traces that begin inside of the block, instead of sending them."""
    taken = InMemory()
    outlets.append(taken)
    _faults.forget()
    try:
        yield taken
    finally:
        outlets.remove(taken)


@contextmanager
def counting(clock: Clock | None = None) -> Generator[Clock]:
    """Have ids of spans and traces count, and times come from a clock that is moved by hand."""
    hand = clock or Clock()
    before = (_begin.new_trace_id, _span.new_span_id, _span.now_ns)  # pyright: ignore[reportPrivateImportUsage]
    _begin.new_trace_id, _span.new_span_id, _span.now_ns = CountingIds(), CountingIds(), hand  # pyright: ignore[reportPrivateImportUsage]
    try:
        yield hand
    finally:
        _begin.new_trace_id, _span.new_span_id, _span.now_ns = before  # pyright: ignore[reportPrivateImportUsage]
