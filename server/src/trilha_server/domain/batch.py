"""What arrives in one request, taken apart by trace and ready to be kept."""

from enum import IntEnum
from typing import TypeAlias

import msgspec

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import Declaration, Previews, TraceState


class Claim(IntEnum):
    """How strongly a request says to which experiment a trace belongs; the strongest wins, then the first."""

    SPANS = 0
    ROOT = 1
    DECLARATION = 2


class RootFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the root span tells of the whole trace."""

    span_id: SpanId
    request_preview: str | None = None
    response_preview: str | None = None
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    client_request_id: str | None = None
    state: TraceState | None = None
    """How the application says that the trace ended, whatever became of the span."""


class EncodedGroup(msgspec.Struct, frozen=True, array_like=True):
    """Spans of one resource and scope, next to each other."""

    resource: bytes
    """An OTLP Resource message."""
    scope: bytes
    """An OTLP InstrumentationScope message."""
    span_count: int


class EncodedSpans(msgspec.Struct, frozen=True, array_like=True):
    """The payloads of spans as they came in, without what their facts hold already."""

    groups: list[EncodedGroup]
    spans: list[bytes]
    """OTLP Span messages without ids, name and times, in the order of the facts."""


class TraceSpans(msgspec.Struct, frozen=True, kw_only=True):
    """The spans of one trace in one request."""

    trace_id: TraceId
    facts: list[SpanFacts]
    """In the order of `encoded.spans`."""
    encoded: EncodedSpans
    root: RootFacts | None
    previews: Previews = Previews()
    """What the root said, or where it says nothing, the other spans."""
    service_name: str | None = None
    """Of the root's resource, else of the first span's."""


class SpansArrived(msgspec.Struct, frozen=True, kw_only=True):
    """Spans of a trace came in."""

    experiment_id: ExperimentId
    spans: TraceSpans
    run_id: str | None = None

    @property
    def trace_id(self) -> TraceId:
        """The trace that changes."""
        return self.spans.trace_id


class InfoDeclared(msgspec.Struct, frozen=True, kw_only=True):
    """The application told what the trace as a whole is."""

    experiment_id: ExperimentId
    trace_id: TraceId
    declared: Declaration
    assessments: tuple[Assessment, ...] = ()


class TagsEdited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody set or deleted tags. Raises `NotFound` on a trace that does not exist."""

    trace_id: TraceId
    tags: dict[str, str | None]
    """`None` deletes."""


class RunLinked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody linked the trace to a run. Does nothing on a trace that does not exist."""

    trace_id: TraceId
    run_id: str


class CostsChanged(msgspec.Struct, frozen=True, kw_only=True):
    """Costs of spans were computed anew.

    Does nothing to spans that say something else by now, nor on a trace that does not exist.
    """

    trace_id: TraceId
    spans: list[SpanFacts]
    """With the new costs; in all else as they were read."""


TraceUpdate: TypeAlias = SpansArrived | InfoDeclared | TagsEdited | RunLinked | CostsChanged
"""One change of one trace."""


class Rejection(msgspec.Struct, frozen=True):
    """Spans of a request that could not be kept, and why."""

    reason: str
    """One of a few fixed words, for counting."""
    detail: str
    """For people: which span, what to change."""
    span_count: int = 1
