"""A run: one execution of code, with what it was given and what came of it."""

import math
from collections.abc import Mapping
from enum import StrEnum

import msgspec

from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import VersionId


class RunStatus(StrEnum):
    """How far a run has come."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a metric."""

    key: str
    value: float
    """May be no number or infinite."""
    time_ms: int
    """Unix time."""
    step: int = 0
    version_id: VersionId | None = None
    """The version that it was measured on. Runs do not keep it: it is read with the version."""
    dataset_name: str | None = None
    """The data that the version was measured with."""
    dataset_digest: str | None = None

    @property
    def is_nan(self) -> bool:
        """Tell whether the value is no number."""
        return math.isnan(self.value)


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """Data that runs read. One of an experiment by name and digest; the first description of it is kept."""

    name: str
    digest: str
    """Changes with the data."""
    source_type: str
    source: str
    """Where it is, mostly in JSON."""
    schema: str | None = None
    profile: str | None = None


class DatasetInput(msgspec.Struct, frozen=True, kw_only=True):
    """Data that a run has read, and what as."""

    dataset: Dataset
    tags: dict[str, str] = {}


class VersionOutput(msgspec.Struct, frozen=True, kw_only=True):
    """A version that a run has made."""

    version_id: VersionId
    step: int = 0


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One execution."""

    run_id: str
    """32 hex digits."""
    experiment_id: ExperimentId
    name: str
    user: str
    """Empty where the client named nobody."""
    status: RunStatus
    stage: LifecycleStage = LifecycleStage.ACTIVE
    """A run is deleted with its experiment, and comes back with it."""
    start_time_ms: int
    """Unix time."""
    end_time_ms: int | None = None
    """Unix time; `None` while nobody has said that it ended."""
    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: tuple[Metric, ...] = ()
    """The latest point of each: the highest step, then the latest time, then the highest value."""
    datasets: tuple[DatasetInput, ...] = ()
    versions_used: tuple[VersionId, ...] = ()
    versions_made: tuple[VersionOutput, ...] = ()


class RunChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different in a run; what is not named stays."""

    name: str | None = None
    status: RunStatus | None = None
    """A run that goes on again has not ended."""
    end_time_ms: int | None = None
    """Unix time."""
    params: Mapping[str, str] = {}
    """A parameter keeps the value that it was given first."""
    tags: Mapping[str, str | None] = {}
    """`None` deletes one."""
    metrics: tuple[Metric, ...] = ()
    datasets: tuple[DatasetInput, ...] = ()
    versions_used: tuple[VersionId, ...] = ()
    versions_made: tuple[VersionOutput, ...] = ()
