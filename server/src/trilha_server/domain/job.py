"""Long work that somebody asked for, with its progress."""

from enum import StrEnum

import msgspec

from trilha_server.domain.ids import ExperimentId


class JobKind(StrEnum):
    """What is to be done."""

    REPRICING = "repricing"
    """Compute the costs of traces anew."""


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    """Nobody works on it."""
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be done."""
        return self not in (JobState.WAITING, JobState.RUNNING)


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work on the traces of an experiment, a portion at a time."""

    job_id: str
    kind: JobKind
    experiment_id: ExperimentId
    start_ms: int
    """Of traces from this Unix time on."""
    end_ms: int
    """Exclusive."""
    state: JobState = JobState.WAITING
    total: int | None = None
    """Traces to look at; `None` until they are counted."""
    done: int = 0
    """Traces looked at."""
    changed: int = 0
    """Traces that were not as they should be. After a crash the last portion may be missing."""
    position: str | None = None
    """Where the next portion begins, as the store names it; `None` at the start."""
    error: str = ""
    """Why it failed; empty otherwise."""
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
