"""A place in the application's code where spans begin, and what all of them have in common."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from trilha import _faults, names
from trilha._begin import new_span
from trilha._bind import Bind
from trilha._capture import UNCHANGING, Captured, captured
from trilha._context import current
from trilha._noop import NoOpSpan
from trilha._span import Span
from trilha._span_parts import Link


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a traced function's spans before any of them begins."""

    name: str
    span_type: str
    attributes: dict[str, Captured]
    bind: Bind
    destination: Any = None  # whatever was passed as a place
    sampling_ratio: float | None = None
    links: Sequence[Link] = ()
    description: str | None = None
    reducer: Callable[[list[Any]], Any] | None = None

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span | NoOpSpan:
        """Begin a span for a call. Never raises."""
        span = new_span(self.name, self.span_type, current(), self.destination, self.sampling_ratio)
        if type(span) is Span:
            try:
                span.attributes_kept = self.attributes.copy()
                if self.links or self.description is not None:
                    self._describe(span)
                inputs = self.bind(args, kwargs)
                for name, value in inputs.items():
                    if type(value) not in UNCHANGING:
                        inputs[name] = captured(value)
                span.inputs_kept = inputs
            except Exception as error:  # the application's objects
                _faults.note("inputs of a call could not be kept", error)
        return span

    def _describe(self, span: Span) -> None:
        span.description = self.description
        for link in self.links:
            span.add_link(link)


def finish(span: Span, result: Any) -> None:  # Any: whatever a function returns
    """End a call's span. What the body said of its outputs stands. Never raises."""
    try:
        if span.outputs_kept is None and not span.is_sealed:
            span.outputs_kept = captured(result)
    except Exception as error:  # the application's objects
        _faults.note("outputs of a call could not be kept", error)
    close(span)


def fail(span: Span, error: BaseException) -> None:
    """End a call's span with the error that ended the call. Never raises."""
    try:
        if not span.is_sealed:
            span.record_exception(error)
            if type(error).__name__ == "CancelledError":
                span.set_attribute(names.CANCELLED, value=True)
    except Exception as fault:  # the application's errors
        _faults.note("an error of a call could not be kept", fault)
    close(span)


def cancel(span: Span) -> None:
    """Say of a span that its caller stopped listening. Never raises."""
    if not span.is_sealed:
        span.set_attribute(names.CANCELLED, value=True)
        span.status_message = "cancelled"


def close(span: Span) -> None:
    """End a span. Never raises."""
    try:
        span.end()
    except Exception as error:  # the edge
        _faults.note("a span could not be ended", error)
