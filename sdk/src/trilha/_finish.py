"""What is done to an ended span before it leaves the process, on the collector's thread."""

from collections.abc import Callable
from typing import Any, Final

from trilha import _faults
from trilha._export import process
from trilha._settings import settings
from trilha._span import Event, Span

SpanProcessor = Callable[[Span], Any]  # Any: what a processor returns is of no interest

_processors: list[SpanProcessor] = []
_captures: list[bool] = []
"""What `configure` said, if it said anything: whether content leaves the process."""
_ERROR_KIND: Final = "exception.type"
_FIGURES: Final = (
    "mlflow.chat.tokenUsage",
    "mlflow.llm.",
    "mlflow.span",
    "llm.token_count.",
    "llm.model_name",
    "llm.provider",
    "openinference.span.kind",
    "gen_ai.usage.",
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.response.model",
    "gen_ai.provider.name",
    "trilha.",
)
"""Attributes, by the beginnings of their names, that say nothing of what was said."""


def configure(processors: tuple[SpanProcessor, ...] | None, captures_content: bool | None) -> None:
    """Set what is done to spans; `None` leaves it as it is."""
    if processors is not None:
        _processors[:] = [processor for processor in processors if _is_callable(processor)]
    if captures_content is not None:
        _captures[:] = [captures_content]


def forget() -> None:
    """Do nothing more than at the beginning."""
    _processors.clear()
    _captures.clear()


def finish(span: Span) -> None:
    """Complete what a trace says of itself, and have the span looked through. Raises where a processor does."""
    if span.is_local_root:
        _complete(span)
    captures = _captures[0] if _captures else settings().captures_content
    if not captures:
        _empty(span)
    if not _processors:
        return
    span.is_sealed = False  # the processors' to change
    try:
        for processor in _processors:
            processor(span)
    except Exception as error:
        _faults.warn_once("a span processor failed; spans that it fails for are sent without what they hold", error)
        _withhold_trace(span)
        raise
    finally:
        span.is_sealed = True


def install() -> None:
    """Have all ended spans come here."""
    process.look_through(finish)


def _complete(span: Span) -> None:
    """Add what is the same for all traces of this process, where the trace says nothing else."""
    from trilha._source import source_metadata  # noqa: PLC0415  # the collector's thread has the time, an import has not

    trace = span.trace
    trace.metadata = {**source_metadata(), **trace.metadata}
    trace.tags = {**settings().default_tags, **trace.tags}


def _empty(span: Span) -> None:
    """Take all content out: names, times, figures and kinds of errors remain."""
    span.inputs_kept = span.outputs_kept = None
    span.links_kept = [(trace_id, span_id, {}) for trace_id, span_id, _ in span.links_kept or ()]
    attributes = span.attributes_kept or {}
    span.attributes_kept = {key: value for key, value in attributes.items() if key.startswith(_FIGURES)}
    span.events_kept = [
        Event(event.name, event.time_ns, {key: told for key, told in event.attributes.items() if key == _ERROR_KIND})
        for event in span.events_kept or ()
    ]
    span.status_message = span.status_message.partition(":")[0]
    _withhold_trace(span)


def _withhold_trace(span: Span) -> None:
    if span.is_local_root:
        span.trace.request_preview = span.trace.response_preview = None


def _is_callable(processor: object) -> bool:
    if not callable(processor):
        raise TypeError("a span processor is a function that takes a span")
    return True
