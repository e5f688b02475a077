"""Experiments, versions, sessions and documents."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trilha.entities._traces import Trace

_Json = dict[str, Any]  # Any: JSON


class ViewType:
    """Which experiments are meant, by whether they were put away."""

    ACTIVE_ONLY = 1
    DELETED_ONLY = 2
    ALL = 3


@dataclass
class ExperimentTag:
    """A tag of an experiment."""

    key: str
    value: str


@dataclass
class Experiment:
    """A place for traces and versions."""

    experiment_id: str
    name: str
    artifact_location: str | None
    lifecycle_stage: str
    """`active` or `deleted`."""
    tags: dict[str, str]
    creation_time: int | None
    """Unix time, milliseconds."""
    last_update_time: int | None

    @classmethod
    def from_dictionary(cls, written: _Json) -> "Experiment":
        """Read what the server writes."""
        return cls(
            experiment_id=str(written["experiment_id"]),
            name=written["name"],
            artifact_location=written.get("artifact_location"),
            lifecycle_stage=written.get("lifecycle_stage", "active"),
            tags=_pairs(written.get("tags")),
            creation_time=written.get("creation_time"),
            last_update_time=written.get("last_update_time"),
        )


class LoggedModelStatus(str, Enum):
    """Whether a version can be used."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"

    @staticmethod
    def of(text: str) -> "LoggedModelStatus":
        """Read a status, with MLflow's prefix or without."""
        name = text.removeprefix("LOGGED_MODEL_").removeprefix("UPLOAD_").removeprefix("STATUS_")
        return LoggedModelStatus(name) if name in LoggedModelStatus.__members__ else LoggedModelStatus.UNSPECIFIED


@dataclass
class LoggedModel:
    """A version of an application."""

    experiment_id: str
    model_id: str
    name: str
    artifact_location: str | None = None
    creation_timestamp: int | None = None
    """Unix time, milliseconds."""
    last_updated_timestamp: int | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    status: LoggedModelStatus = LoggedModelStatus.READY
    status_message: str | None = None
    tags: dict[str, str] = field(default_factory=dict[str, str])
    params: dict[str, str] = field(default_factory=dict[str, str])
    metrics: list[_Json] = field(default_factory=list[_Json])

    @property
    def model_uri(self) -> str:
        """The version's address."""
        return f"models:/{self.model_id}"

    @classmethod
    def from_dictionary(cls, written: _Json) -> "LoggedModel":
        """Read what the server writes."""
        info: _Json = written["info"]
        data: _Json = written.get("data") or {}
        return cls(
            experiment_id=str(info["experiment_id"]),
            model_id=info["model_id"],
            name=info.get("name", ""),
            artifact_location=info.get("artifact_uri"),
            creation_timestamp=info.get("creation_timestamp_ms"),
            last_updated_timestamp=info.get("last_updated_timestamp_ms"),
            model_type=info.get("model_type") or None,
            source_run_id=info.get("source_run_id") or None,
            status=LoggedModelStatus.of(info.get("status", "")),
            status_message=info.get("status_message"),
            tags=_pairs(info.get("tags")),
            params=_pairs(data.get("params")),
            metrics=data.get("metrics") or [],
        )


@dataclass
class Document:
    """What a retriever has found."""

    page_content: str
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str | None = None

    def to_dict(self) -> _Json:
        """Write it as JSON."""
        return {"page_content": self.page_content, "metadata": self.metadata, "id": self.id}


@dataclass
class Session:
    """The traces of a conversation, the oldest first."""

    id: str
    traces: "list[Trace]"

    def __iter__(self) -> "Iterator[Trace]":
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.traces)


def _pairs(written: list[_Json] | None) -> dict[str, str]:
    return {pair["key"]: pair.get("value", "") for pair in written or ()}
