"""Traces that have ended elsewhere, as parts of one that is going on here."""

from typing import Any

from trilha import _faults, names
from trilha._begin import new_span
from trilha._context import Current, current
from trilha._span import Span
from trilha._words import TAGS, set_texts
from trilha.entities._spans import Span as ReadSpan
from trilha.entities._traces import Trace, TraceState

_OF_TRACES = (names.TRACE_TAG_PREFIX, "trilha.trace.", names.TRACE_REQUEST_ID, names.SPAN_DESCRIPTION)
"""Attributes, by the beginnings of their names, that belong to the other trace or have a place of their own."""
_SERVERS = "mlflow."
_WHO = (names.TRACE_SESSION, names.TRACE_USER)


def add_trace(trace: Trace | dict[str, Any], target: Span | None = None) -> None:
    """Make the steps of a trace that has ended, as a called service may answer it, steps of one that is going on.

    They come below the target, or else the current span, or else a trace `Remote Trace <name>` of their own. What the
    trace here says of itself stands. Never raises.
    """
    try:
        known = trace if isinstance(trace, Trace) else Trace.from_dict(trace)
        if known.info.state is TraceState.IN_PROGRESS:
            raise ValueError  # noqa: TRY301  # told below, like all else that is wrong with it
        _add(known, current() if target is None else target)
    except Exception as error:  # whatever was passed as a trace
        _faults.note("a trace could not be added to another", error)


def _add(trace: Trace, parent: Current) -> None:
    if isinstance(parent, Span):
        _join(trace, parent)
        return
    first = trace.data.root
    if first is None:
        raise ValueError("no span is the first")
    root = new_span(f"Remote Trace <{first.name}>", first.span_type, parent)
    if not isinstance(root, Span):
        return  # of a trace that is not kept, nothing is
    root.start_ns = first.start_time_ns
    root.set_inputs(first.inputs)
    _join(trace, root)
    root.end(first.outputs, status=first.status, end_time_ns=first.end_time_ns)


def _join(trace: Trace, parent: Span) -> None:
    numbers = {span.span_id: int(span.span_id, 16) for span in trace.data.spans}
    for read in trace.data.spans:
        span = Span(parent.trace, numbers.get(read.parent_id or "", parent.number), read.name, "")
        span.number = numbers[read.span_id]
        span.start_ns = read.start_time_ns
        _describe(span, read)
        span.end(end_time_ns=read.end_time_ns)
    if not parent.trace.is_ended:
        _tell(parent, trace)


def _describe(span: Span, read: ReadSpan) -> None:
    span.set_attributes({key: value for key, value in read.attributes.items() if not key.startswith(_OF_TRACES)})
    span.set_description(read.description)
    for event in read.events:
        span.add_event(event)
    for link in read.links:
        span.add_link(link)
    span.set_status(read.status)


def _tell(parent: Span, trace: Trace) -> None:
    """Take over what the application said of the other trace, where nothing is said of this one."""
    tags: dict[str, str] = {}
    metadata: dict[str, str] = {}
    set_texts(tags, {key: value for key, value in trace.info.tags.items() if _is_own(key)}, TAGS)
    set_texts(metadata, {key: value for key, value in trace.info.trace_metadata.items() if _is_own(key)}, "metadata")
    parent.trace.tags = {**tags, **parent.trace.tags}
    parent.trace.metadata = {**metadata, **parent.trace.metadata}


def _is_own(key: str) -> bool:
    return key in _WHO or not key.startswith(_SERVERS)
