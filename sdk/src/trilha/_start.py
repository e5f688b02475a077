"""Spans that code begins by hand."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from trilha import _faults, names
from trilha._begin import current_or_new, new_span
from trilha._context import enter, leave
from trilha._noop import NoOpSpan
from trilha._site import cancel, close, fail
from trilha._span import UNKNOWN, Span
from trilha._span_parts import Link, SpanLogLevel
from trilha._words import TAGS, set_texts


@contextmanager
def start_span(  # noqa: PLR0913, PLR0917  # as MLflow has them
    name: str = "span",
    span_type: str = UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    trace_destination: Any = None,  # an experiment's location, id or name
    log_level: SpanLogLevel | int | str | None = None,
    run_id: str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Generator[Span]:
    """Begin a span that is the current one inside of the block, and ends with it.

    Where its trace is not kept, or tracing is off, the block gets a span that keeps nothing.
    """
    span = current_or_new(str(name), str(span_type), trace_destination, None)
    if isinstance(span, Span):
        _describe(span, attributes, log_level, links, description)
        _set_run(span, run_id)
    entered = enter(span)
    try:
        yield span  # pyright: ignore[reportReturnType]  # a NoOpSpan takes whatever a span takes
    except BaseException as error:
        leave(entered)
        if isinstance(span, Span):
            _end_with(span, error)
        raise
    leave(entered)
    if isinstance(span, Span):
        close(span)


def start_span_no_context(  # noqa: PLR0913, PLR0917  # as MLflow has them
    name: str,
    span_type: str = UNKNOWN,
    parent_span: Span | NoOpSpan | None = None,
    inputs: Any = None,  # whatever the application works on
    attributes: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    experiment_id: str | None = None,
    start_time_ns: int | None = None,
    log_level: SpanLogLevel | int | str | None = None,
    links: Sequence[Link] | None = None,
    description: str | None = None,
) -> Span:
    """Begin a span that does not become the current one, and that ends with its `end()`: a trace without a parent."""
    span = new_span(str(name), str(span_type), parent_span, experiment_id)
    if isinstance(span, Span):
        _describe(span, attributes, log_level, links, description)
        if inputs is not None:
            span.set_inputs(inputs)
        set_texts(span.trace.tags, tags, TAGS)
        set_texts(span.trace.metadata, metadata, "metadata")
        if start_time_ns is not None:
            span.start_ns = start_time_ns
    return span  # pyright: ignore[reportReturnType]  # a NoOpSpan takes whatever a span takes


def _describe(
    span: Span,
    attributes: Mapping[str, Any] | None,
    log_level: SpanLogLevel | int | str | None,
    links: Sequence[Link] | None,
    description: str | None,
) -> None:
    if attributes:
        span.set_attributes(attributes)
    if log_level is not None:
        span.set_log_level(log_level)
    for link in links or ():
        span.add_link(link)
    span.description = description


def _set_run(span: Span, run_id: str | None) -> None:
    if run_id is None:
        return
    if span.is_local_root:
        span.trace.run_id = str(run_id)
        span.trace.metadata[names.SOURCE_RUN] = str(run_id)
    else:
        _faults.warn_once("run_id of a span is ignored: it is for the first span of a trace")


def _end_with(span: Span, error: BaseException) -> None:
    if isinstance(error, GeneratorExit):
        cancel(span)
        close(span)
    else:
        fail(span, error)
