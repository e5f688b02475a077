"""Spans while they run, and the trace that they belong to."""

import time
import traceback
from typing import Any, Protocol

from trilha._capture import Captured, captured
from trilha._ids import new_span_id
from trilha._settings import DEFAULT_EXPERIMENT, Destination

UNKNOWN = "UNKNOWN"
_now_ns = time.time_ns


class Ended(Protocol):
    """Where spans go when they end. Never waits."""

    def put(self, span: "Span", /) -> None:
        """Take a span over."""
        ...


class OpenTrace:
    """What is said of a trace as a whole until its root ends."""

    __slots__ = (
        "client_request_id",
        "destination",
        "ended",
        "metadata",
        "number",
        "otel_id",
        "request_preview",
        "response_preview",
        "state",
        "tags",
    )

    def __init__(self, number: int, ended: Ended, destination: Destination = DEFAULT_EXPERIMENT) -> None:
        self.number = number
        self.destination = destination
        self.otel_id = number.to_bytes(16, "big")
        self.ended = ended
        self.tags: dict[str, str] = {}
        self.metadata: dict[str, str] = {}
        self.client_request_id: str | None = None
        self.request_preview: str | None = None
        self.response_preview: str | None = None
        self.state: str | None = None

    @property
    def trace_id(self) -> str:
        """The id as people and the server know it."""
        return f"tr-{self.number:032x}"


class Event:
    """Something that happened at one moment of a span."""

    __slots__ = ("attributes", "name", "time_ns")

    def __init__(self, name: str, time_ns: int, attributes: dict[str, Any]) -> None:
        self.name = name
        self.time_ns = time_ns
        self.attributes = attributes


class Span:
    """One step of a trace while it runs."""

    __slots__ = (
        "attributes",
        "description",
        "end_ns",
        "events",
        "inputs_kept",
        "links",
        "name",
        "number",
        "outputs_kept",
        "parent_number",
        "span_type",
        "start_ns",
        "status_code",
        "status_message",
        "trace",
    )

    def __init__(self, trace: OpenTrace, parent_number: int | None, name: str, span_type: str) -> None:
        self.trace = trace
        self.number = new_span_id()
        self.parent_number = parent_number
        self.name = name
        self.span_type = span_type
        self.inputs_kept: Captured = None
        self.outputs_kept: Captured = None
        self.attributes: dict[str, Captured] | None = None
        self.events: list[Event] | None = None
        self.links: list[tuple[str, str, dict[str, Any]]] | None = None
        self.status_code = 0
        self.status_message = ""
        self.end_ns: int | None = None
        self.start_ns = _now_ns()  # last, so that the making of the span is not part of it

    @property
    def trace_id(self) -> str:
        """The id of the trace."""
        return self.trace.trace_id

    @property
    def span_id(self) -> str:
        """The id of the span: 16 hexadecimal digits."""
        return f"{self.number:016x}"

    @property
    def parent_id(self) -> str | None:
        """The id of the parent; `None` for a root."""
        return None if self.parent_number is None else f"{self.parent_number:016x}"

    def set_inputs(self, inputs: Any) -> None:  # Any: whatever the application works on
        """Keep what the step was given, as it is now."""
        self.inputs_kept = captured(inputs)

    def set_outputs(self, outputs: Any) -> None:  # Any: whatever the application works on
        """Keep what the step gave, as it is now."""
        self.outputs_kept = captured(outputs)

    def set_attribute(self, key: str, value: Any) -> None:  # Any: whatever the application says
        """Keep one attribute."""
        if self.attributes is None:
            self.attributes = {}
        self.attributes[key] = captured(value)

    def record_exception(self, error: BaseException) -> None:
        """Note an error with its stack, and that the step failed."""
        self.status_code = 2
        self.status_message = f"{type(error).__name__}: {error}"
        stack = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        told = {
            "exception.message": str(error),
            "exception.type": type(error).__name__,
            "exception.stacktrace": stack,
        }
        if self.events is None:
            self.events = []
        self.events.append(Event("exception", _now_ns(), told))

    def end(self) -> None:
        """End the step and hand it over; again does nothing."""
        if self.end_ns is not None:
            return
        self.end_ns = _now_ns()
        if self.status_code == 0:
            self.status_code = 1
        self.trace.ended.put(self)
