"""A version of an application: what MLflow calls a logged model. Traces name the version that made them."""

import math
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NewType

import msgspec

from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.filter import AttributeField, LabelField
from trilha_server.domain.ids import ExperimentId

VersionId = NewType("VersionId", str)
"""`m-` and 32 hex digits."""

MAX_NAME_CHARS = 500
MAX_KEY_CHARS = 500
"""Of a tag or a parameter. What is indexed must fit PostgreSQL's 2,704 bytes, four for a character."""

# MLflow's clients put names into URIs and, between quotes, into filters.
_REFUSED_IN_NAMES = re.compile(r"[/:%\"'\x00-\x1f\x7f]")


class VersionStatus(StrEnum):
    """Whether a version can be used."""

    PENDING = "PENDING"
    READY = "READY"
    FAILED = "FAILED"


class VersionMetric(msgspec.Struct, frozen=True, kw_only=True):
    """The newest point of a metric that a run measured on a version, on one dataset or on none."""

    key: str
    value: float
    """May be no number or infinite."""
    time_ms: int
    """Unix time."""
    step: int
    run_id: str
    dataset_name: str | None = None
    dataset_digest: str | None = None

    @property
    def rank(self) -> tuple[int, int, float, bool]:
        """What makes one point newer than another: its time, then its step; the value only tells two apart."""
        is_nan = math.isnan(self.value)
        return (self.time_ms, self.step, 0.0 if is_nan else self.value, not is_nan)


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One state of an application, by its code and its parameters."""

    version_id: VersionId
    experiment_id: ExperimentId
    name: str
    """Several versions of an experiment may have the same name; the newest one answers to it."""
    kind: str | None = None
    """What it is, in the user's words: `agent`."""
    source_run_id: str | None = None
    """The run that made it."""
    status: VersionStatus
    create_time_ms: int
    """Unix time."""
    update_time_ms: int
    """Unix time."""
    is_deleted: bool = False
    tags: dict[str, str] = {}
    params: dict[str, str] = {}
    metrics: tuple[VersionMetric, ...] = ()
    """Measured by runs, and only read here."""


class DatasetKey(msgspec.Struct, frozen=True):
    """Names data that metrics are measured with."""

    name: str
    digest: str | None = None
    """`None` for any."""


class VersionOrderTerm(msgspec.Struct, frozen=True):
    """One key of an order. Versions without the field come last, either way."""

    field: AttributeField | LabelField
    descending: bool = False
    dataset: DatasetKey | None = None
    """A metric counts only as measured on this."""


class VersionChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different in a version; what is not named stays."""

    time_ms: int
    """Unix time of the change."""
    status: VersionStatus | None = None
    tags: Mapping[str, str | None] = {}
    """`None` deletes one."""
    params: Mapping[str, str] = {}
    """A parameter keeps the value that it was given first."""


def check_version_name(name: str) -> str:
    """Raise `InvalidInput` for a name that no version can have. Dots are welcome: `agent-v1.0.1`."""
    if not name.strip():
        raise InvalidInput("a version's name must not be empty")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidInput("a version's name is too long", max_chars=MAX_NAME_CHARS)
    if _REFUSED_IN_NAMES.search(name):
        raise InvalidInput("a version's name must be without / : % ' \" and control characters", name=name[:80])
    return name


def check_key(key: str) -> str:
    """Raise `InvalidInput` for a key that no tag or parameter of a version can have."""
    if not key:
        raise InvalidInput("the key of a tag or a parameter must not be empty")
    if len(key) > MAX_KEY_CHARS:
        raise InvalidInput("the key of a tag or a parameter is too long", max_chars=MAX_KEY_CHARS, key=key[:80])
    return key
