"""Registered models and their versions as MLflow's clients read them. Unity Catalog writes some of it otherwise."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect, experiment_uri
from trilha_server.api.mlflow.version_json import PairJson
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.registered_model import (
    RegisteredModel,
    RegisteredVersion,
    RegistrationStatus,
    RegistryStage,
    check_model_name,
    check_registry_tags,
)

_Json = dict[str, Any]  # Any: JSON

_STATUS_NAMES = {RegistrationStatus.PENDING: "PENDING_REGISTRATION", RegistrationStatus.READY: "READY"}
_STAGE_NAMES = {stage: stage.value.capitalize() for stage in RegistryStage}


class RegistryDialect(msgspec.Struct, frozen=True):
    """How one of the two registries of the protocol, which are one here, writes and names things."""

    model_json: Callable[[RegisteredModel, Sequence[RegisteredVersion]], _Json]
    """Writes a model; the versions are the newest of its stages."""
    version_json: Callable[[RegisteredVersion], _Json]
    check_name: Callable[[str], str]
    """Raises `InvalidInput` for the name of a new model that the registry does not take."""


def read_tags(pairs: Iterable[PairJson]) -> dict[str, str]:
    """Read tags. Raises `InvalidInput`."""
    return check_registry_tags({pair.key: pair.value for pair in pairs})


def read_stage(name: str) -> RegistryStage:
    """Read a stage, whatever its case. Raises `InvalidInput`."""
    try:
        return RegistryStage(name.lower())
    except ValueError:
        raise InvalidInput(f"'stage' is one of {', '.join(_STAGE_NAMES.values())}", stage=name[:80]) from None


def status_name(status: RegistrationStatus) -> str:
    """Write a status."""
    return _STATUS_NAMES[status]


def pairs_json(values: dict[str, str]) -> list[_Json]:
    """Write tags."""
    return [{"key": key, "value": value} for key, value in values.items()]


def aliases_json(aliases: dict[str, int]) -> list[_Json]:
    """Write aliases with the versions that they name."""
    return [{"alias": alias, "version": str(number)} for alias, number in sorted(aliases.items())]


def files_uri(dialect: Dialect, files: ArtifactPath) -> str:
    """Write where files are, as a kind of client can reach them."""
    first, *others = files.parts
    if dialect is Dialect.DATABRICKS and first == "models":
        first = "logged_models"
    return "/".join((experiment_uri(dialect, files.experiment_id), first, *others))


def bare_model_json(model: RegisteredModel) -> _Json:
    """Write a registered model without its versions."""
    written: _Json = {
        "name": model.name,
        "creation_timestamp": model.create_time_ms,
        "last_updated_timestamp": model.update_time_ms,
        "description": model.description,
    }
    if model.tags:
        written["tags"] = pairs_json(model.tags)
    if model.aliases:
        written["aliases"] = aliases_json(model.aliases)
    return written


def _model_json(model: RegisteredModel, latest: Sequence[RegisteredVersion]) -> _Json:
    written = bare_model_json(model)
    if latest:
        written["latest_versions"] = [_version_json(version) for version in latest]
    return written


def bare_version_json(version: RegisteredVersion) -> _Json:
    """Write a registered version without what each dialect writes in its own way."""
    written: _Json = {
        "name": version.model_name,
        "version": str(version.number),
        "creation_timestamp": version.create_time_ms,
        "last_updated_timestamp": version.update_time_ms,
        "description": version.description,
        "source": version.source,
        "run_id": version.run_id or "",
        "status": status_name(version.status),
    }
    if version.version_id is not None:
        written["model_id"] = version.version_id
    if version.tags:
        written["tags"] = pairs_json(version.tags)
    return written


def _version_json(version: RegisteredVersion) -> _Json:
    written = bare_version_json(version)
    written |= {"current_stage": _STAGE_NAMES[version.stage], "run_link": version.run_link}
    if version.aliases:
        written["aliases"] = list(version.aliases)
    return written


MODEL_REGISTRY = RegistryDialect(_model_json, _version_json, check_model_name)
"""The registry of clients whose registry URI is `http://…`."""
