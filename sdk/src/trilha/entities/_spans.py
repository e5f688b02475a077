"""Spans as they are read back."""

import base64
import json
import math
from dataclasses import dataclass, field
from typing import Any

from trilha import names
from trilha._capture import readable, referring
from trilha._span import Span as LiveSpan
from trilha._span_parts import Link, SpanEvent, SpanLogLevel, SpanStatus, SpanStatusCode, SpanType

_Json = dict[str, Any]  # Any: JSON
_WORDS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@dataclass
class Span:
    """One step of a trace, as the server has it."""

    trace_id: str
    span_id: str
    """16 hexadecimal digits."""
    parent_id: str | None
    name: str
    start_time_ns: int
    """Unix time, nanoseconds."""
    end_time_ns: int | None
    """`None` while the step runs."""
    status: SpanStatus
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    events: list[SpanEvent] = field(default_factory=list[SpanEvent])
    links: list[Link] = field(default_factory=list[Link])

    @property
    def request_id(self) -> str:
        """The trace's id, by its former name."""
        return self.trace_id

    @property
    def inputs(self) -> Any:  # Any: JSON
        """What the step was given."""
        return self.attributes.get(names.SPAN_INPUTS)

    @property
    def outputs(self) -> Any:  # Any: JSON
        """What the step gave."""
        return self.attributes.get(names.SPAN_OUTPUTS)

    @property
    def span_type(self) -> str:
        """What kind of step it is."""
        return self.attributes.get(names.SPAN_TYPE) or SpanType.UNKNOWN

    @property
    def description(self) -> str | None:
        """What the step is about."""
        return self.attributes.get(names.SPAN_DESCRIPTION)

    @property
    def model_name(self) -> str | None:
        """The language model that was called."""
        return self.attributes.get(names.LLM_MODEL)

    @property
    def llm_cost(self) -> dict[str, float] | None:
        """What the call cost, in US dollars."""
        return self.attributes.get(names.LLM_COST)

    @property
    def log_level(self) -> SpanLogLevel | None:
        """How much the span matters to who looks at the trace."""
        level = self.attributes.get(names.SPAN_LOG_LEVEL)
        return SpanLogLevel(level) if level in SpanLogLevel.__members__.values() else None

    def get_attribute(self, key: str) -> Any:  # Any: JSON
        """Return one attribute; `None` where there is none."""
        return self.attributes.get(key)

    def to_dict(self) -> _Json:
        """Write the span as MLflow's JSON has it: ids in base64, attributes as JSON text."""
        return {
            "trace_id": _base64(self.trace_id.removeprefix("tr-")),
            "span_id": _base64(self.span_id),
            "parent_span_id": None if self.parent_id is None else _base64(self.parent_id),
            "name": self.name,
            "start_time_unix_nano": self.start_time_ns,
            "end_time_unix_nano": self.end_time_ns,
            "events": [
                {"name": event.name, "time_unix_nano": event.timestamp, "attributes": event.attributes}
                for event in self.events
            ],
            "status": {
                "code": f"STATUS_CODE_{self.status.status_code.value}",
                "message": self.status.description or "",
            },
            "attributes": {key: _text(value) for key, value in self.attributes.items()},
            "links": [
                {"trace_id": link.trace_id, "span_id": link.span_id, "attributes": link.attributes}
                for link in self.links
            ],
        }

    @classmethod
    def from_dict(cls, written: _Json) -> "Span":
        """Read what `to_dict` has written."""
        attributes = {key: _value(text) for key, text in written.get("attributes", {}).items()}
        return cls(
            trace_id=str(attributes.get(names.TRACE_REQUEST_ID) or f"tr-{_hex(written['trace_id'])}"),
            span_id=_hex(written["span_id"]),
            parent_id=_hex(written["parent_span_id"]) if written.get("parent_span_id") else None,
            name=written["name"],
            start_time_ns=int(written["start_time_unix_nano"]),
            end_time_ns=int(written["end_time_unix_nano"]) if written.get("end_time_unix_nano") else None,
            status=_status(written.get("status", {})),
            attributes=attributes,
            events=[
                SpanEvent(event["name"], int(event["time_unix_nano"]), event.get("attributes") or {})
                for event in written.get("events") or ()
            ],
            links=[
                Link(link["trace_id"], link["span_id"], link.get("attributes") or {})
                for link in written.get("links") or ()
            ],
        )

    def to_otel_proto(self) -> Any:  # Any: its package need not be there
        """Write the span as a message of `opentelemetry-proto`. Raises `TrilhaError` where that is not installed."""
        from trilha.entities._otel_spans import proto_of  # noqa: PLC0415  # rarely wanted

        return proto_of(self)

    @classmethod
    def from_otel_proto(
        cls,
        otel_proto_span: Any,  # Any: as above
        location_id: str | None = None,
        *,
        preserve_request_id: bool = False,
        resource: Any = None,  # Any: as above
    ) -> "Span":
        """Read a message of `opentelemetry-proto`. Raises `InvalidInput` where it has no ids.

        The trace's id is made of the message's, with the place where that is named; with `preserve_request_id` it is
        the one that its attribute says. A span here has no resource: it is taken and left.
        """
        from trilha.entities._otel_spans import fields_of  # noqa: PLC0415  # rarely wanted

        del resource
        return cls(**fields_of(otel_proto_span, location_id, preserves_id=preserve_request_id))


def span_of_live(live: LiveSpan) -> Span:
    """Read a span that runs here, or has ended, as it is now."""
    said = {} if live.description is None else {names.SPAN_DESCRIPTION: live.description}
    return Span(
        trace_id=live.trace_id,
        span_id=live.span_id,
        parent_id=live.parent_id,
        name=live.name,
        start_time_ns=live.start_time_ns,
        end_time_ns=live.end_time_ns,
        status=live.status,
        attributes={**referring(live.attributes, live.trace_id), **said},
        events=[
            SpanEvent(event.name, event.timestamp, {key: readable(told) for key, told in event.attributes.items()})
            for event in live.events
        ],
        links=[
            Link(link.trace_id, link.span_id, {key: readable(told) for key, told in link.attributes.items()})
            for link in live.links
        ],
    )


def span_of_wire(written: _Json) -> Span:
    """Read a span as `traces/get` answers it: OTLP with snake case and base64."""
    return Span(
        trace_id=f"tr-{_hex(written['trace_id'])}",
        span_id=_hex(written["span_id"]),
        parent_id=_hex(written["parent_span_id"]) if written.get("parent_span_id") else None,
        name=written.get("name", ""),
        start_time_ns=int(written.get("start_time_unix_nano", 0)),
        end_time_ns=int(written.get("end_time_unix_nano", 0)) or None,
        status=_status(written.get("status", {})),
        attributes=_pairs(written.get("attributes")),
        events=[
            SpanEvent(event.get("name", ""), int(event.get("time_unix_nano", 0)), _pairs(event.get("attributes")))
            for event in written.get("events") or ()
        ],
        links=[
            Link(f"tr-{_hex(link['trace_id'])}", _hex(link["span_id"]), _pairs(link.get("attributes")))
            for link in written.get("links") or ()
        ],
    )


def _status(written: _Json) -> SpanStatus:
    code = str(written.get("code") or "UNSET").removeprefix("STATUS_CODE_")
    return SpanStatus(SpanStatusCode(code), written.get("message") or "")


def _pairs(written: list[_Json] | None) -> dict[str, Any]:
    return {pair["key"]: _any_value(pair.get("value") or {}) for pair in written or ()}


def _any_value(written: _Json) -> Any:  # Any: JSON
    for kind, value in written.items():
        match kind:
            case "int_value":
                return int(value)
            case "double_value":
                return _WORDS[value] if isinstance(value, str) else float(value)
            case "bytes_value":
                return base64.b64decode(value)
            case "array_value":
                return [_any_value(item) for item in value.get("values") or ()]
            case "kvlist_value":
                return _pairs(value.get("values"))
            case _:
                return value
    return None


def _text(value: Any) -> str:  # Any: JSON
    return json.dumps(value, ensure_ascii=False, default=str)


def _value(text: Any) -> Any:  # Any: JSON
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _base64(digits: str) -> str:
    return base64.b64encode(bytes.fromhex(digits)).decode()


def _hex(text: str) -> str:
    """Read an id in base64, or in hexadecimal digits as some write it."""
    if len(text) in (16, 32) and all(digit in "0123456789abcdef" for digit in text):
        return text
    return base64.b64decode(text).hex()
