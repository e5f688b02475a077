"""What the application says of the trace that is going on."""

from collections.abc import Mapping
from typing import Any, TypeGuard

from trilha import _faults, names
from trilha._context import current, last_trace
from trilha._noop import NoOpSpan
from trilha._span import OpenTrace, Span, newest_trace, open_traces
from trilha._words import TAGS, as_text, is_unchangeable, set_texts

_STATES = ("OK", "ERROR")


def get_current_active_span() -> Span | None:
    """Return the innermost open span; `None` where there is none, or its trace is not kept."""
    span = current()
    return span if isinstance(span, Span) else None


def get_active_trace_id() -> str | None:
    """Return the id of the trace that is going on; `None` where there is none."""
    span = current()
    return span.trace_id if isinstance(span, Span) else None


def get_last_active_trace_id(thread_local: bool = False) -> str | None:
    """Return the id of the trace that ended last in this process, or in this thread or task alone."""
    trace = last_trace.get() if thread_local else newest_trace[0]
    return None if trace is None else trace.trace_id


def update_current_trace(  # noqa: PLR0913, PLR0917  # as MLflow has them
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: str | None = None,
    model_id: str | None = None,
    session_id: str | None = None,
    user: str | None = None,
) -> None:
    """Say something of the trace that is going on. `None` says nothing; without a trace there is one warning."""
    span = current()
    if isinstance(span, NoOpSpan):
        return  # of a trace that is not kept, nothing is
    if not isinstance(span, Span):
        _faults.warn_once("update_current_trace was called where no trace is active; what it says is lost")
        return
    trace = span.trace
    if trace.is_ended:
        _faults.warn_once("update_current_trace was called after the trace's first span ended; what it says is lost")
        return
    set_texts(trace.tags, tags, TAGS)
    set_texts(trace.metadata, metadata, "metadata")
    named = {names.MODEL_ID: model_id, names.TRACE_SESSION: session_id, names.TRACE_USER: user}
    set_texts(trace.metadata, named, "session, user and model_id")
    _set_fields(trace, client_request_id, request_preview, response_preview)
    _set_state(trace, state)


def set_trace_tag(trace_id: str | None, key: str, value: str) -> None:
    """Set a tag of a trace, whether it is going on or has ended."""
    if not is_kept(trace_id) or is_unchangeable(key):
        return
    trace = open_trace(trace_id)
    if trace is not None:
        set_texts(trace.tags, {key: value}, TAGS)
    else:
        _tell_the_server(trace_id, key, as_text(value, TAGS))


def delete_trace_tag(trace_id: str | None, key: str) -> None:
    """Delete a tag of a trace, whether it is going on or has ended."""
    if not is_kept(trace_id) or is_unchangeable(key):
        return
    trace = open_trace(trace_id)
    if trace is not None and key in trace.tags:
        del trace.tags[key]
    else:
        _tell_the_server(trace_id, key, None)


def is_kept(trace_id: str | None) -> TypeGuard[str]:
    """Tell, with a warning, whether an id is that of a trace, and not what there is where none is kept."""
    if trace_id is not None and trace_id != NoOpSpan.trace_id:
        return True
    _faults.warn_once("what is said of a trace that is not kept, as it is sampled out or tracing is off, goes nowhere")
    return False


def open_trace(trace_id: str) -> OpenTrace | None:
    """Find a trace that is going on here by its id."""
    try:
        trace = open_traces.get(int(trace_id.removeprefix("tr-"), 16))
    except ValueError:  # an id of another form, which the server may know
        return None
    return None if trace is None or trace.is_ended else trace


def _set_fields(trace: OpenTrace, request_id: Any, request_preview: Any, response_preview: Any) -> None:
    if request_id is not None:
        trace.client_request_id = as_text(request_id, "client_request_id")
    if request_preview is not None:
        trace.request_preview = as_text(request_preview, "previews")
    if response_preview is not None:
        trace.response_preview = as_text(response_preview, "previews")


def _set_state(trace: OpenTrace, state: Any) -> None:
    if state is None:
        return
    name = str(getattr(state, "value", state)).upper()
    if name in _STATES:
        trace.state = name
    else:
        _faults.note("a state of a trace is neither OK nor ERROR")


def _tell_the_server(trace_id: str, key: str, value: str | None) -> None:
    from trilha._client.traces import later_tag  # noqa: PLC0415  # who only traces needs no client

    later_tag(trace_id, key, value)
