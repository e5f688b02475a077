"""What the native API gives of spans."""

from typing import Any, Literal

import msgspec

from trilha_server.api.v1.models import AssessmentModel, CostModel, Model, PriceModel, TraceModel, UsageModel
from trilha_server.domain.message import Document, Message
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.normalise.meaning import content_of, told_by
from trilha_server.search.finding import Place


class SpanColumns(Model):
    """Spans by start time, a column a field, so that a huge trace stays small."""

    id: list[str]
    parent: list[str | None]
    name: list[str]
    type: list[str]
    start_offset_ns: list[int]
    """After the trace's `start_ns`."""
    duration_ns: list[int | None]
    """`null` while the span is running."""
    status: list[Literal["UNSET", "OK", "ERROR"]]
    tokens: list[int | None]
    cost_usd: list[float | None]
    model: list[str | None]

    @classmethod
    def of(cls, spans: list[SpanFacts], start_ns: int) -> "SpanColumns":
        """Write the facts of spans."""
        return cls.model_construct(
            id=[span.span_id.hex() for span in spans],
            parent=[None if span.parent_id is None else span.parent_id.hex() for span in spans],
            name=[span.name for span in spans],
            type=[span.span_type for span in spans],
            start_offset_ns=[span.start_ns - start_ns for span in spans],
            duration_ns=[None if span.end_ns is None else span.end_ns - span.start_ns for span in spans],
            status=[span.status.name for span in spans],
            tokens=[None if span.usage is None else span.usage.total_tokens for span in spans],
            cost_usd=[None if span.cost is None else span.cost.total_usd for span in spans],
            model=[span.model for span in spans],
        )


class TraceStructure(Model):
    """A trace and the outline of its spans."""

    trace: TraceModel
    assessments: list[AssessmentModel]
    start_ns: int
    total_spans: int
    offset: int
    spans: SpanColumns
    next_offset: int | None
    """Ask from here on for more; `null` at the end."""


class EventModel(Model):
    """Something that happened at one moment of a span."""

    name: str
    time_ns: int
    attributes: dict[str, Any]  # Any: attribute values


class LinkModel(Model):
    """A pointer to another span."""

    trace_id: str
    span_id: str
    attributes: dict[str, Any]  # Any: attribute values


class MessageModel(Model):
    """One turn of one speaker."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: list[dict[str, Any]]  # Any: each by its `type`
    """Each with a `type`: `text` and `reasoning` have `text`; `tool_call` has `name`, `arguments`, `call_id`;
    `tool_result` has `result`, `call_id`, `name`; `media` has `kind`, `url`, `media_type`; `other` has `value`."""
    name: str | None
    finish_reason: str | None

    @classmethod
    def of(cls, message: Message) -> "MessageModel":
        """Write a message."""
        return cls(
            role=message.role.value,
            parts=[plain(part) for part in message.parts],
            name=message.name,
            finish_reason=message.finish_reason,
        )


class ToolModel(Model):
    """A tool that the model may ask for."""

    name: str
    description: str | None
    parameters: Any  # Any: a JSON Schema


class DocumentModel(Model):
    """Something that was retrieved."""

    content: str
    document_id: str | None
    score: float | None
    metadata: dict[str, Any]  # Any: what its store knows of it

    @classmethod
    def of(cls, document: Document) -> "DocumentModel":
        """Write a document."""
        return cls(
            content=document.content,
            document_id=document.document_id,
            score=document.score,
            metadata=plain(document.metadata),
        )


class FoundSpan(Model):
    """A span in which a text stands."""

    span_id: str
    where: list[Place]
    """`attributes` only where it is neither in the inputs nor in the outputs, which stand in attributes as well;
    `events` are the span's events and the message of its status."""


class FoundSpans(Model):
    """The spans of a trace in which a text stands, by start time."""

    spans: list[FoundSpan]
    searched_spans: int
    is_complete: bool
    """Whether the trace was searched to its end."""
    next_offset: int | None
    """Ask from here on for more; `null` at the end."""


class SpanModel(Model):
    """A whole span."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    type: str
    start_ns: int
    end_ns: int | None
    status: str
    status_message: str
    inputs: Any = None  # Any: what the application gave
    outputs: Any = None  # Any: what the application got
    input_messages: list[MessageModel]
    """The chat in `inputs`, the same whoever recorded it."""
    output_messages: list[MessageModel]
    tools: list[ToolModel]
    documents: list[DocumentModel]
    model: str | None
    """The model that answered, else the one that was asked for."""
    provider: str | None
    attributes: dict[str, Any]  # Any: attribute values
    events: list[EventModel]
    links: list[LinkModel]
    resource: dict[str, Any]  # Any: attribute values
    scope_name: str
    scope_version: str
    usage: UsageModel | None
    cost: CostModel | None
    price: PriceModel | None
    """What the cost was computed with; `null` where the application set it."""

    @classmethod
    def of(cls, trace_id: str, span: Span) -> "SpanModel":
        """Write a span."""
        facts = span.facts
        content = content_of(told_by(span))
        return cls.model_construct(
            trace_id=trace_id,
            span_id=facts.span_id.hex(),
            parent_id=None if facts.parent_id is None else facts.parent_id.hex(),
            name=facts.name,
            type=facts.span_type,
            start_ns=facts.start_ns,
            end_ns=facts.end_ns,
            status=facts.status.name,
            status_message=span.status_message,
            inputs=plain(content.inputs),
            outputs=plain(content.outputs),
            input_messages=[MessageModel.of(message) for message in content.input_messages],
            output_messages=[MessageModel.of(message) for message in content.output_messages],
            tools=[
                ToolModel(name=tool.name, description=tool.description, parameters=plain(tool.parameters))
                for tool in content.tools
            ],
            documents=[DocumentModel.of(document) for document in content.documents],
            model=facts.model,
            provider=facts.provider,
            attributes=plain(span.attributes),
            events=[
                EventModel(name=event.name, time_ns=event.time_ns, attributes=plain(event.attributes))
                for event in span.events
            ],
            links=[
                LinkModel(trace_id=link.trace_id, span_id=link.span_id.hex(), attributes=plain(link.attributes))
                for link in span.links
            ],
            resource=plain(span.resource),
            scope_name=span.scope_name,
            scope_version=span.scope_version,
            usage=UsageModel.of(facts.usage),
            cost=CostModel.of(facts.cost),
            price=PriceModel.of(facts.price),
        )


def plain(value: object) -> Any:  # Any: JSON
    """Leave out what JSON cannot say: bytes become base64, not-a-number null."""
    return msgspec.json.decode(msgspec.json.encode(value))
