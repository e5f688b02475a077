"""An experiment: where an application's traces are kept."""

from enum import StrEnum

import msgspec

from trilha_server.domain.ids import ExperimentId


class LifecycleStage(StrEnum):
    """Whether an experiment is in use."""

    ACTIVE = "active"
    DELETED = "deleted"


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """A named place for traces."""

    experiment_id: ExperimentId
    name: str
    """A path such as `/Shared/production-genai-app`, or any other text."""
    artifact_location: str | None
    """`None` for the server's own."""
    stage: LifecycleStage
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
    tags: dict[str, str]
