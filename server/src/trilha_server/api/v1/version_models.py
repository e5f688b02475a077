"""Versions of applications, as the native API takes and gives them."""

import math
from typing import Annotated, Literal

import msgspec
from pydantic import Field

from trilha_server.api.v1.models import ExperimentIdText, Model, Text
from trilha_server.domain.figures import TraceFigures
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.version import Version, VersionMetric, VersionOrderTerm
from trilha_server.ports import VersionQuery
from trilha_server.search.order import parse_order_with
from trilha_server.search.versions import VERSION_VOCABULARY, parse_version_filter

KeyText = Annotated[str, Field(min_length=1, max_length=500)]
StatusText = Literal["PENDING", "READY", "FAILED"]


class NewVersion(Model):
    """A version to make."""

    experiment_id: ExperimentIdText = "0"
    name: Annotated[str, Field(min_length=1, max_length=500, examples=["customer-support-v1.0.1-git-98207f02"])]
    kind: Annotated[str | None, Field(max_length=500, examples=["agent"])] = None
    source_run_id: Annotated[str | None, Field(max_length=500)] = None
    status: StatusText = "READY"
    tags: dict[KeyText, Text] = Field(default_factory=dict)
    params: dict[KeyText, Text] = Field(default_factory=dict)
    get_or_create: bool = False
    """Where a version of the name is there, read the newest one instead, as it is."""


class VersionEdit(Model):
    """What is to be different in a version; what is not named stays."""

    status: StatusText | None = None
    tags: dict[KeyText, Text | None] = Field(default_factory=dict)
    """`null` deletes one."""
    params: dict[KeyText, Text] = Field(default_factory=dict)
    """A parameter keeps the value that it was given first."""


class VersionMetricModel(Model):
    """The newest point of a metric that a run measured on a version."""

    key: str
    value: float | None
    """`null` where it is no number, or infinite."""
    time_ms: int
    step: int
    run_id: str
    dataset_name: str | None
    dataset_digest: str | None

    @classmethod
    def of(cls, metric: VersionMetric) -> "VersionMetricModel":
        """Write a metric."""
        fields = msgspec.structs.asdict(metric)
        fields["value"] = metric.value if math.isfinite(metric.value) else None
        return cls(**fields)


class VersionModel(Model):
    """One state of an application."""

    version_id: str
    experiment_id: str
    name: str
    kind: str | None
    source_run_id: str | None
    status: str
    create_time_ms: int
    update_time_ms: int
    tags: dict[str, str]
    params: dict[str, str]
    metrics: list[VersionMetricModel]

    @classmethod
    def of(cls, version: Version) -> "VersionModel":
        """Write a version."""
        return cls(
            version_id=version.version_id,
            experiment_id=str(version.experiment_id),
            name=version.name,
            kind=version.kind,
            source_run_id=version.source_run_id,
            status=version.status.value,
            create_time_ms=version.create_time_ms,
            update_time_ms=version.update_time_ms,
            tags=version.tags,
            params=version.params,
            metrics=[VersionMetricModel.of(metric) for metric in version.metrics],
        )


class MadeVersion(Model):
    """A version that was made, or was there."""

    version: VersionModel
    is_new: bool


class VersionFigures(Model):
    """What the traces of a version come to."""

    traces: int
    errors: int
    duration_ms_mean: float | None
    duration_ms_percentiles: dict[str, float]
    """By `p50` and so on; empty where no trace has ended."""
    input_tokens: int
    output_tokens: int
    total_tokens: int
    cost_usd: float
    traces_with_cost: int

    @classmethod
    def of(cls, figures: TraceFigures | None, percentiles: tuple[float, ...]) -> "VersionFigures":
        """Write figures; `None` where there are no traces."""
        if figures is None:
            return cls(
                traces=0,
                errors=0,
                duration_ms_mean=None,
                duration_ms_percentiles={},
                input_tokens=0,
                output_tokens=0,
                total_tokens=0,
                cost_usd=0.0,
                traces_with_cost=0,
            )
        measured = zip(percentiles, figures.duration_ms.percentiles, strict=False)
        return cls(
            traces=figures.traces,
            errors=figures.errors,
            duration_ms_mean=figures.duration_ms.mean,
            duration_ms_percentiles={f"p{percentile:g}": value for percentile, value in measured},
            input_tokens=figures.input_tokens,
            output_tokens=figures.output_tokens,
            total_tokens=figures.total_tokens,
            cost_usd=figures.cost_usd,
            traces_with_cost=figures.traces_with_cost,
        )


class VersionDetails(Model):
    """A version and what its traces come to."""

    version: VersionModel
    figures: VersionFigures


class VersionSearch(Model):
    """Which versions, in which order."""

    experiment_ids: Annotated[tuple[ExperimentIdText, ...], Field(max_length=100)] = ("0",)
    filter: Annotated[str, Field(max_length=16_384, examples=["name LIKE 'customer-support-%'"])] = ""
    order_by: Annotated[tuple[Annotated[str, Field(max_length=1000)], ...], Field(max_length=20)] = ()
    max_results: Annotated[int, Field(ge=1, le=500)] = 50
    page_token: Annotated[str | None, Field(max_length=10_000)] = None

    def query(self) -> VersionQuery:
        """Read it. Raises `InvalidFilter` and `InvalidInput`."""
        terms = parse_order_with(VERSION_VOCABULARY, self.order_by)
        return VersionQuery(
            experiment_ids=tuple(dict.fromkeys(map(parse_experiment_id, self.experiment_ids))),
            filter=parse_version_filter(self.filter),
            order=tuple(VersionOrderTerm(term.field, term.descending) for term in terms),
            limit=self.max_results,
            page_token=self.page_token or None,
        )


class VersionPageModel(Model):
    """One page of versions."""

    versions: list[VersionModel]
    next_page_token: str | None
