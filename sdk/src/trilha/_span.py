"""Spans while they run, and the trace that they belong to."""

import time
from collections.abc import Mapping
from typing import Any, Protocol

from trilha import _faults, names
from trilha._capture import Captured, captured, readable
from trilha._context import last_trace
from trilha._ids import new_span_id
from trilha._settings import DEFAULT_EXPERIMENT, Destination
from trilha._span_parts import Link, SpanEvent, SpanLogLevel, SpanStatus, SpanStatusCode, error_told

UNKNOWN = "UNKNOWN"
now_ns = time.time_ns
_CODES = (SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR)
_NUMBERS = {code: number for number, code in enumerate(_CODES)}


class Ended(Protocol):
    """Where spans go when they end. Never waits."""

    def put(self, span: "Span", /) -> None:
        """Take a span over."""
        ...


class OpenTrace:
    """What is said of a trace as a whole until its root ends."""

    __slots__ = (
        "__weakref__",
        "client_request_id",
        "destination",
        "ended",
        "is_ended",
        "metadata",
        "number",
        "request_preview",
        "response_preview",
        "run_id",
        "state",
        "tags",
    )

    def __init__(self, number: int, ended: Ended, destination: Destination = DEFAULT_EXPERIMENT) -> None:
        self.number = number
        self.destination = destination
        self.ended = ended
        self.is_ended = False
        self.tags: dict[str, str] = {}
        self.metadata: dict[str, str] = {}
        self.client_request_id: str | None = None
        self.request_preview: str | None = None
        self.response_preview: str | None = None
        self.run_id: str | None = None
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
        "attributes_kept",
        "description",
        "end_ns",
        "events_kept",
        "inputs_kept",
        "is_local_root",
        "is_sealed",
        "links_kept",
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
        self.is_local_root = parent_number is None
        """Whether it is the first span here of its trace, which carries what is said of the whole trace."""
        self.name = name
        self.span_type = span_type
        self.inputs_kept: Captured = None
        self.outputs_kept: Captured = None
        self.attributes_kept: dict[str, Captured] | None = None
        self.events_kept: list[Event] | None = None
        self.links_kept: list[tuple[str, str, dict[str, Any]]] | None = None
        self.description: str | None = None
        self.status_code = 0
        self.status_message = ""
        self.end_ns: int | None = None
        self.is_sealed = False
        """Whether it was handed over, and is no longer the application's to change."""
        self.start_ns = now_ns()  # last, so that the making of the span is not part of it

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

    @property
    def start_time_ns(self) -> int:
        """When the step began, Unix time in nanoseconds."""
        return self.start_ns

    @property
    def end_time_ns(self) -> int | None:
        """When the step ended, Unix time in nanoseconds; `None` while it runs."""
        return self.end_ns

    @property
    def inputs(self) -> Any:  # Any: whatever the application works on
        """What the step was given."""
        return readable(self.inputs_kept)

    @property
    def outputs(self) -> Any:  # Any: whatever the application works on
        """What the step gave."""
        return readable(self.outputs_kept)

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes, inputs, outputs and type among them."""
        known: dict[str, Any] = {key: readable(value) for key, value in (self.attributes_kept or {}).items()}
        if self.span_type:
            known[names.SPAN_TYPE] = self.span_type
        if self.inputs_kept is not None:
            known[names.SPAN_INPUTS] = self.inputs
        if self.outputs_kept is not None:
            known[names.SPAN_OUTPUTS] = self.outputs
        return known

    @property
    def events(self) -> list[SpanEvent]:
        """What happened meanwhile."""
        return [SpanEvent(event.name, event.time_ns, dict(event.attributes)) for event in self.events_kept or ()]

    @property
    def links(self) -> list[Link]:
        """Spans of other traces that have to do with this one."""
        return [Link(trace_id, span_id, dict(attributes)) for trace_id, span_id, attributes in self.links_kept or ()]

    @property
    def status(self) -> SpanStatus:
        """How the step goes."""
        return SpanStatus(_CODES[self.status_code], self.status_message)

    @property
    def log_level(self) -> SpanLogLevel | None:
        """How much the span matters to who looks at the trace."""
        level = (self.attributes_kept or {}).get(names.SPAN_LOG_LEVEL)
        return SpanLogLevel(level) if level in SpanLogLevel.__members__.values() else None

    @property
    def request_id(self) -> str:
        """The trace's id, by its former name."""
        return self.trace_id

    @property
    def model_name(self) -> str | None:
        """The language model that is called."""
        return self.get_attribute(names.LLM_MODEL)

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """What the call costs, in US dollars, as far as the application has said so."""
        return self.get_attribute(names.LLM_COST)

    def get_attribute(self, key: str) -> Any:  # Any: whatever the application said
        """Return one attribute; `None` where there is none."""
        return self.attributes.get(key)

    def to_dict(self) -> dict[str, Any]:
        """Write the span, as it is now, in the form in which `entities.Span.from_dict` reads it."""
        from trilha.entities._spans import span_of_live  # noqa: PLC0415  # who only traces reads no spans

        return span_of_live(self).to_dict()

    def to_otel_proto(self) -> Any:  # Any: its package need not be there
        """Write the span, as it is now, as a message of `opentelemetry-proto`. Raises `TrilhaError` without that."""
        from trilha.entities._spans import span_of_live  # noqa: PLC0415  # as above

        return span_of_live(self).to_otel_proto()

    def set_inputs(self, inputs: Any) -> None:  # Any: whatever the application works on
        """Keep what the step was given, as it is now."""
        if self._is_open():
            self.inputs_kept = kept(inputs)

    def set_outputs(self, outputs: Any) -> None:  # Any: whatever the application works on
        """Keep what the step gave, as it is now."""
        if self._is_open():
            self.outputs_kept = kept(outputs)

    def set_attribute(self, key: str, value: Any) -> None:  # Any: whatever the application says
        """Keep one attribute."""
        if not self._is_open():
            return
        if key == names.SPAN_INPUTS:
            self.inputs_kept = kept(value)
        elif key == names.SPAN_OUTPUTS:
            self.outputs_kept = kept(value)
        elif key == names.SPAN_TYPE:
            self.span_type = str(value)
        else:
            if self.attributes_kept is None:
                self.attributes_kept = {}
            self.attributes_kept[str(key)] = kept(value)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Keep several attributes."""
        try:
            for key, value in dict(attributes).items():
                self.set_attribute(key, value)
        except (TypeError, ValueError) as error:
            _faults.note("attributes of a span are no mapping", error)

    def set_span_type(self, span_type: str) -> None:
        """Say what kind of step it is."""
        if self._is_open():
            self.span_type = str(span_type)

    def set_description(self, description: str | None) -> None:
        """Describe the step."""
        if self._is_open():
            self.description = description

    def set_log_level(self, level: SpanLogLevel | int | str) -> None:
        """Say how much the span matters to who looks at the trace."""
        number = level_number(level)
        if number is not None:
            self.set_attribute(names.SPAN_LOG_LEVEL, number)

    def set_status(self, status: SpanStatus | SpanStatusCode | str) -> None:
        """Say how the step goes."""
        if not self._is_open():
            return
        try:
            told = status if isinstance(status, SpanStatus) else SpanStatus(SpanStatusCode(status))
        except ValueError as error:
            _faults.note("a status of a span is none of UNSET, OK and ERROR", error)
            return
        self.status_code = _NUMBERS[told.status_code]
        self.status_message = str(told.description or "")

    def add_event(self, event: SpanEvent) -> None:
        """Note something that happened."""
        try:
            told = {str(key): kept(item) for key, item in event.attributes.items()}
            self.note(str(event.name), event.timestamp, told)
        except Exception as error:  # whatever was passed as an event
            _faults.note("an event could not be kept", error)

    def add_link(self, link: Link) -> None:
        """Point to a span of another trace."""
        try:
            known = (f"tr-{int(link.trace_id.removeprefix('tr-'), 16):032x}", f"{int(link.span_id, 16):016x}")
            attributes = {str(key): kept(item) for key, item in (link.attributes or {}).items()}
        except Exception as error:  # whatever was passed as a link
            _faults.note("a link could not be kept", error)
            return
        if self._is_open():
            self.links_kept = [*(self.links_kept or ()), (*known, attributes)]

    def record_exception(self, exception: BaseException | str) -> None:
        """Note an error with its stack, and that the step failed."""
        error = Exception(exception) if isinstance(exception, str) else exception
        try:
            told = error_told(error)
        except Exception as fault:  # errors whose text cannot be made
            _faults.note("an error could not be told", fault)
            told: dict[str, Any] = {"exception.type": type(error).__name__}
        if not self._is_open():
            return
        self.status_code = 2
        self.status_message = f"{type(error).__name__}: {told.get('exception.message', '')}"
        self.note("exception", now_ns(), told)

    def note(self, name: str, time_ns: int, attributes: dict[str, Any]) -> None:
        """Keep an event whose attributes are kept already."""
        if self._is_open():
            if self.events_kept is None:
                self.events_kept = []
            self.events_kept.append(Event(name, time_ns, attributes))

    def end(
        self,
        outputs: Any = None,  # Any: whatever the application works on
        attributes: Mapping[str, Any] | None = None,
        status: SpanStatus | SpanStatusCode | str | None = None,
        end_time_ns: int | None = None,
    ) -> None:
        """End the step and hand it over; again does nothing."""
        if self.end_ns is not None:
            return
        ended_ns = now_ns()
        if outputs is not None:
            self.set_outputs(outputs)
        if attributes:
            self.set_attributes(attributes)
        if status is not None:
            self.set_status(status)
        self.end_ns = ended_ns if end_time_ns is None else end_time_ns
        if self.status_code == 0:
            self.status_code = 1
        self.is_sealed = True
        if self.is_local_root:
            self.trace.is_ended = True
            open_traces.pop(self.trace.number, None)
            last_trace.set(self.trace)
            newest_trace[0] = self.trace
        self.trace.ended.put(self)

    def _is_open(self) -> bool:
        if self.is_sealed:
            _faults.warn_once("a span was changed after its end; such changes are not kept")
            return False
        return True

    def __deepcopy__(self, memo: dict[int, Any]) -> "Span":
        raise TypeError("a span cannot be copied while it runs")

    def __reduce__(self) -> str:
        raise TypeError("a span cannot be pickled while it runs")


open_traces: dict[int, OpenTrace] = {}
"""Traces whose root has not ended, by their number."""
newest_trace: list[OpenTrace | None] = [None]
"""The trace whose root ended last in this process."""


def kept(value: Any) -> Captured:  # Any: whatever an application passes around
    """Keep a value as it is now; what cannot be kept is replaced by its type. Never raises."""
    try:
        return captured(value)
    except Exception as error:  # the application's objects, or one that another thread changes at this moment
        _faults.note("a value could not be kept", error)
        return f"<{type(value).__qualname__}>"


def level_number(log_level: SpanLogLevel | int | str) -> int | None:
    """Return a level's number; `None`, with a warning, where there is no such level."""
    try:
        return int(SpanLogLevel[log_level.upper()] if isinstance(log_level, str) else SpanLogLevel(log_level))
    except (KeyError, ValueError) as error:
        _faults.note("a log level of a span is none of DEBUG, INFO, WARNING, ERROR and CRITICAL", error)
        return None
