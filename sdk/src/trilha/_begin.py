"""Begins spans: finds their parent, decides which traces are kept, and where they go."""

import sys
from typing import Any

from trilha import _faults, _finish, names
from trilha._active_version import active_version, ever_chosen
from trilha._context import Current, RemoteParent, current, surroundings
from trilha._continued import TellingTags
from trilha._export import ending, process
from trilha._ids import new_trace_id
from trilha._noop import NoOpSpan
from trilha._settings import Destination, Settings, settings
from trilha._span import Ended, OpenTrace, Span, open_traces

_ALL = 1 << 64
_LOW_BITS = _ALL - 1
_MOST_OPEN_TRACES = 10_000
"""More than this many were begun and never ended."""

outlets: list[Ended] = []
"""Where spans go instead of the server: tests put themselves here."""


def new_span(
    name: str,
    span_type: str,
    parent: Current,
    destination: Any = None,  # Any: whatever was passed as a place
    sampling_ratio: float | None = None,
) -> Span | NoOpSpan:
    """Begin a span under a parent, or a trace where there is none. Never raises."""
    if isinstance(parent, Span):
        return Span(parent.trace, parent.number, name, span_type)
    if isinstance(parent, NoOpSpan):
        return parent
    try:
        return _local_root(name, span_type, parent, destination, sampling_ratio)
    except Exception as error:  # the edge: the application goes on without a trace
        _faults.note("a trace could not be begun", error)
        return NoOpSpan()


def current_or_new(
    name: str, span_type: str, destination: Any = None, sampling_ratio: float | None = None
) -> Span | NoOpSpan:
    """Begin a span under the current one."""
    return new_span(name, span_type, current(), destination, sampling_ratio)


def place(destination: Any) -> Destination | None:  # Any: whatever was passed as a place
    """Understand where traces are to go: an experiment's location, id or name. Where it is none, it is told."""
    if destination is None or isinstance(destination, Destination):
        return destination
    experiment_id = getattr(destination, "experiment_id", None)
    if isinstance(experiment_id, str | int):
        return Destination(experiment_id=str(experiment_id))
    if isinstance(destination, int):
        return Destination(experiment_id=str(destination))
    if isinstance(destination, str) and destination:
        return (
            Destination(experiment_id=destination) if destination.isdecimal() else Destination(experiment=destination)
        )
    _faults.note("a destination is no experiment; traces go where they go without it")
    return None


def _local_root(
    name: str, span_type: str, parent: RemoteParent | None, destination: Any, sampling_ratio: float | None
) -> Span | NoOpSpan:
    now = settings()
    number = new_trace_id() if parent is None else parent.trace_number
    if not now.is_enabled:
        return NoOpSpan(number)
    if not (_is_kept(number, now, sampling_ratio) if parent is None else parent.is_sampled):
        return NoOpSpan(number)
    around = surroundings.get()
    to = place(destination) if destination is not None else None
    if to is None:
        to = now.destination if around is None or around.destination is None else around.destination
    ended: Any = outlets[-1] if outlets else process.outbox()  # whose `put` is an attribute
    if not now.is_async and not outlets:
        ended = _AtOnce(ended)
    trace = OpenTrace(number, ended if parent is None or outlets else TellingTags(ended), to)
    version = active_version() if ever_chosen else now.active_model_id
    if version is not None:
        trace.metadata[names.MODEL_ID] = version
    if around is not None:
        trace.tags.update(around.tags)
        trace.metadata.update(around.metadata)
        trace.client_request_id = trace.metadata.pop(names.TRACE_CLIENT_REQUEST_ID, None)
    if len(open_traces) > _MOST_OPEN_TRACES:
        open_traces.clear()  # they can still be told of from within; only tags by their id come too late
    open_traces[number] = trace
    span = Span(trace, None if parent is None else parent.number, name, span_type)
    span.is_local_root = True
    return span


class _AtOnce:
    """Hands spans on, and waits at the end of a trace until the server has it, or as long as an ending process does."""

    def __init__(self, ended: Ended) -> None:
        self._ended = ended

    def put(self, span: Span) -> None:
        """Take a span over."""
        self._ended.put(span)
        if span.is_local_root:
            process.flush(settings().exit_timeout_s)


def _is_kept(number: int, now: Settings, sampling_ratio: float | None) -> bool:
    ratio = now.sampling_ratio if sampling_ratio is None else sampling_ratio
    return ratio >= 1.0 or (number & _LOW_BITS) < ratio * _ALL


def checked_ratio(ratio: float | None) -> float | None:
    """Return a share from 0 to 1; raises where the code says another, for that is seen when it is written."""
    if ratio is not None and not 0.0 <= ratio <= 1.0:
        raise ValueError("sampling_ratio_override must be from 0.0 to 1.0")
    return ratio


# Who can begin a trace must not lose it when the process ends.
ending.install()
_finish.install()
if "ipykernel" in sys.modules:
    from trilha._notebook import cells

    cells.install()
