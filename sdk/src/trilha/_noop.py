"""A span that keeps nothing: for traces that are not kept, and for failures to begin one."""

from typing import TYPE_CHECKING, Any

from trilha._span_parts import Link, SpanEvent, SpanStatus, SpanStatusCode, SpanType

if TYPE_CHECKING:
    from trilha._context import Current


class NoOpSpan:
    """Takes whatever a span takes, and keeps none of it."""

    __slots__ = ("hidden", "trace_number")
    trace_id = "MLFLOW_NO_OP_SPAN_TRACE_ID"
    span_id = ""
    request_id = trace_id
    parent_id = None
    name = ""
    span_type = SpanType.UNKNOWN
    start_time_ns = 0
    end_time_ns = None
    inputs = None
    outputs = None
    log_level = None
    description = None
    model_name = None
    llm_cost = None
    is_local_root = False

    def __init__(self, trace_number: int = 0, hidden: "Current" = None) -> None:
        self.trace_number = trace_number
        """The number of a trace that is not kept, for processes called from it."""
        self.hidden = hidden
        """What was the current span where tracing was switched off."""

    @property
    def status(self) -> SpanStatus:
        """The status, which is never set."""
        return SpanStatus(SpanStatusCode.UNSET)

    @property
    def attributes(self) -> dict[str, Any]:
        """No attributes."""
        return {}

    @property
    def events(self) -> list[SpanEvent]:
        """No events."""
        return []

    @property
    def links(self) -> list[Link]:
        """No links."""
        return []

    def get_attribute(self, key: str) -> Any:
        """Return nothing."""

    def to_dict(self) -> dict[str, Any]:
        """Write nothing."""
        return {}

    def to_otel_proto(self) -> None:
        """Write nothing."""

    def set_inputs(self, inputs: Any) -> None:
        """Keep nothing."""

    def set_outputs(self, outputs: Any) -> None:
        """Keep nothing."""

    def set_attribute(self, key: str, value: Any) -> None:
        """Keep nothing."""

    def set_attributes(self, attributes: dict[str, Any]) -> None:
        """Keep nothing."""

    def set_span_type(self, span_type: str) -> None:
        """Keep nothing."""

    def set_status(self, status: Any) -> None:
        """Keep nothing."""

    def set_description(self, description: str | None) -> None:
        """Keep nothing."""

    def set_log_level(self, level: Any) -> None:
        """Keep nothing."""

    def add_event(self, event: Any) -> None:
        """Keep nothing."""

    def add_link(self, link: Any) -> None:
        """Keep nothing."""

    def record_exception(self, exception: Any) -> None:
        """Keep nothing."""

    def end(
        self, outputs: Any = None, attributes: Any = None, status: Any = None, end_time_ns: int | None = None
    ) -> None:
        """End nothing."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "NoOpSpan":
        return self
