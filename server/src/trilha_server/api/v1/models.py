"""What the native API takes and gives."""

from typing import Annotated, Any, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.experiment import Experiment
from trilha_server.domain.span import Cost, Price, TokenUsage
from trilha_server.domain.trace import TraceInfo
from trilha_server.domain.version_names import VersionBook
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


class KeptAttachment(Model):
    """An attachment that is kept now."""

    attachment_id: str
    size_bytes: int


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
    reasoning_tokens: int | None
    input_audio_tokens: int | None
    output_audio_tokens: int | None

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


class PriceModel(Model):
    """What tokens were charged at."""

    source: str
    as_of: str
    """A day, or empty where the source does not say."""
    usd_per_million: dict[str, float]
    """By kind of tokens, as on the bill of the trace."""

    @classmethod
    def of(cls, price: Price | None) -> "PriceModel | None":
        """Write a price."""
        return None if price is None else cls(**msgspec.structs.asdict(price))


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
    """As the application named it: an id, a name, `app_version`."""
    version_id: str | None
    """Of the version that is meant; `null` where none is known by that name."""
    version_name: str | None
    is_version_known: bool
    tags: dict[str, str]
    metadata: dict[str, str]
    run_ids: list[str]
    span_count: int
    usage: UsageModel | None
    cost: CostModel | None
    change: int

    @classmethod
    def of(cls, info: TraceInfo, book: VersionBook) -> "TraceModel":
        """Write a trace, with what a book of versions says of the one that it names."""
        version = None if info.version is None else book.meant(info.experiment_id, info.version, info.request_time_ms)
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
            version_id=None if version is None else version.version_id,
            version_name=None if version is None else version.name,
            is_version_known=version is not None,
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


class TraceIds(Model):
    """Traces by their ids."""

    trace_ids: Annotated[list[TraceIdText], Field(min_length=1, max_length=500)]


class ManyTagsEdit(TraceIds, TagEdit):
    """Tags to set on each of some traces; `null` deletes."""


class ChangedTraces(Model):
    """The traces that were changed."""

    trace_ids: list[str]


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
