"""What the native API takes and gives."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from trilha import names

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.experiment import Experiment
from trilha_server.domain.span import AttributeValue, Cost, Span, SpanFacts, TokenUsage
from trilha_server.domain.trace import TraceInfo
from trilha_server.normalise.values import json_text, unwrap_json
from trilha_server.ports import IngestionCount

TraceIdText = Annotated[str, Field(pattern="^tr-[0-9a-f]{32}$", examples=["tr-97414d69501dd3e1a0f82c58f2ab33d8"])]
SpanIdText = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
ExperimentIdText = Annotated[str, Field(pattern="^[0-9]{1,18}$", examples=["0"])]
Text = Annotated[str, Field(max_length=1_000_000)]


class Model(BaseModel):
    """Refuses fields that it does not know."""

    model_config = ConfigDict(extra="forbid")


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    title: str
    status: int
    detail: str
    position: int | None = None
    """Offset of the first wrong character of a filter."""


class ExperimentModel(Model):
    """An experiment."""

    experiment_id: str
    name: str
    stage: str
    create_time_ms: int
    update_time_ms: int
    tags: dict[str, str]

    @classmethod
    def of(cls, experiment: Experiment) -> "ExperimentModel":
        """Write an experiment."""
        return cls(
            experiment_id=str(experiment.experiment_id),
            name=experiment.name,
            stage=experiment.stage.value,
            create_time_ms=experiment.create_time_ms,
            update_time_ms=experiment.update_time_ms,
            tags=experiment.tags,
        )


class NewExperiment(Model):
    """An experiment to make."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    tags: dict[str, Text] = {}


class UsageModel(Model):
    """Tokens."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    cache_read_tokens: int | None
    cache_write_tokens: int | None

    @classmethod
    def of(cls, usage: TokenUsage | None) -> "UsageModel | None":
        """Write tokens."""
        return None if usage is None else cls(**msgspec.structs.asdict(usage))


class CostModel(Model):
    """US dollars."""

    input_usd: float
    output_usd: float
    total_usd: float

    @classmethod
    def of(cls, cost: Cost | None) -> "CostModel | None":
        """Write a cost."""
        return None if cost is None else cls(**msgspec.structs.asdict(cost))


class TraceModel(Model):
    """A trace without its spans."""

    trace_id: str
    experiment_id: str
    name: str | None
    state: str
    request_time_ms: int
    duration_ms: int | None
    client_request_id: str | None
    request_preview: str | None
    response_preview: str | None
    session: str | None
    user: str | None
    version: str | None
    tags: dict[str, str]
    metadata: dict[str, str]
    run_ids: list[str]
    span_count: int
    usage: UsageModel | None
    cost: CostModel | None
    change: int

    @classmethod
    def of(cls, info: TraceInfo) -> "TraceModel":
        """Write a trace."""
        return cls(
            trace_id=info.trace_id,
            experiment_id=str(info.experiment_id),
            name=info.name,
            state=info.state.value,
            request_time_ms=info.request_time_ms,
            duration_ms=info.duration_ms,
            client_request_id=info.client_request_id,
            request_preview=info.request_preview,
            response_preview=info.response_preview,
            session=info.session,
            user=info.user,
            version=info.version,
            tags=info.tags,
            metadata=info.metadata,
            run_ids=list(info.all_run_ids),
            span_count=info.span_count,
            usage=UsageModel.of(info.usage),
            cost=CostModel.of(info.cost),
            change=info.change,
        )


class TraceSearch(Model):
    """Which traces, in which order."""

    experiment_ids: Annotated[list[ExperimentIdText], Field(max_length=100)] = ["0"]
    filter: Annotated[str, Field(max_length=16_384, examples=["status = 'ERROR' AND user = 'ana'"])] = ""
    order_by: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = []
    max_results: Annotated[int, Field(ge=1, le=500)] = 50
    page_token: Annotated[str | None, Field(max_length=10_000)] = None


class TracePageModel(Model):
    """One page of traces."""

    traces: list[TraceModel]
    next_page_token: str | None


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
        )


class TraceStructure(Model):
    """A trace and the outline of its spans."""

    trace: TraceModel
    assessments: list["AssessmentModel"]
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
    attributes: dict[str, Any]  # Any: attribute values
    events: list[EventModel]
    links: list[LinkModel]
    resource: dict[str, Any]  # Any: attribute values
    scope_name: str
    scope_version: str
    usage: UsageModel | None
    cost: CostModel | None

    @classmethod
    def of(cls, trace_id: str, span: Span) -> "SpanModel":
        """Write a span."""
        facts = span.facts
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
            inputs=unwrap_json(span.attributes.get(names.SPAN_INPUTS)),
            outputs=unwrap_json(span.attributes.get(names.SPAN_OUTPUTS)),
            attributes=_plain(span.attributes),
            events=[
                EventModel(name=event.name, time_ns=event.time_ns, attributes=_plain(event.attributes))
                for event in span.events
            ],
            links=[
                LinkModel(trace_id=link.trace_id, span_id=link.span_id.hex(), attributes=_plain(link.attributes))
                for link in span.links
            ],
            resource=_plain(span.resource),
            scope_name=span.scope_name,
            scope_version=span.scope_version,
            usage=UsageModel.of(facts.usage),
            cost=CostModel.of(facts.cost),
        )


class AssessmentModel(Model):
    """Feedback on a trace, or what was expected of it."""

    assessment_id: str
    trace_id: str
    name: str
    kind: str
    value: Any  # Any: JSON
    error_code: str | None
    error_message: str | None
    source_type: str
    source_id: str | None
    rationale: str | None
    metadata: dict[str, str]
    span_id: str | None
    create_time_ms: int
    update_time_ms: int
    overrides: str | None
    valid: bool

    @classmethod
    def of(cls, item: Assessment) -> "AssessmentModel":
        """Write an assessment."""
        fields = msgspec.structs.asdict(item)
        error = fields.pop("error")
        fields |= {"kind": item.kind.value, "source_type": item.source_type.value}
        return cls(
            **fields,
            error_code=None if error is None else error.error_code,
            error_message=None if error is None else error.error_message,
        )


class NewAssessment(Model):
    """An assessment to keep."""

    name: Annotated[str, Field(min_length=1, max_length=250)]
    kind: Literal["feedback", "expectation"] = "feedback"
    value: Any = None  # Any: JSON
    source_type: Literal["HUMAN", "LLM_JUDGE", "CODE"] = "HUMAN"
    source_id: Annotated[str | None, Field(max_length=1000)] = None
    rationale: Text | None = None
    metadata: dict[str, Text] = {}
    span_id: SpanIdText | None = None
    overrides: Annotated[str | None, Field(max_length=100)] = None


class TagEdit(Model):
    """Tags to set; `null` deletes."""

    tags: dict[Annotated[str, Field(min_length=1, max_length=1000)], Text | None]


class IngestionRow(Model):
    """How many spans or traces of one client met one fate."""

    experiment_id: str | None
    client: str
    protocol: str
    outcome: str
    reason: str
    requests: int
    traces: int
    spans: int
    body_bytes: int
    last_time_ms: int

    @classmethod
    def of(cls, count: IngestionCount) -> "IngestionRow":
        """Write a count."""
        fields = msgspec.structs.asdict(count)
        fields["experiment_id"] = None if count.experiment_id is None else str(count.experiment_id)
        return cls(**fields)


class IngestionModel(Model):
    """All that arrived, by experiment and client, and what became of it."""

    counts: list[IngestionRow]


class DeletionModel(Model):
    """A trace that is no more."""

    trace_id: str
    experiment_id: str
    change: int


class ChangesModel(Model):
    """What changed since a change number."""

    traces: list[TraceModel]
    deletions: list[DeletionModel]
    last_change: int


def _plain(attributes: dict[str, AttributeValue]) -> dict[str, Any]:  # Any: JSON
    """Leave out what JSON cannot say: bytes become base64, not-a-number null."""
    return msgspec.json.decode(json_text(attributes))
