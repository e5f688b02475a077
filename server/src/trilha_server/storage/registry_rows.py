"""Rows of the model registry, from and to the domain."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import RowMapping, Select, select

from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.registered_model import (
    RegisteredModel,
    RegisteredVersion,
    RegistrationStatus,
    RegistryStage,
)
from trilha_server.storage.database import Row
from trilha_server.storage.schema import registered_model as models
from trilha_server.storage.schema import registered_version as versions

# A search may read every version there is: what can be made once is made once.
_TAGS = msgspec.json.Decoder(dict[str, str])
_ALIASES = msgspec.json.Decoder(dict[str, int])
_STATUSES = {status.value: status for status in RegistrationStatus}
_STAGES = {stage.value: stage for stage in RegistryStage}


def version_values(version: RegisteredVersion) -> Row:
    """List the columns of a version, in the order of the table."""
    return (
        version.model_number,
        version.number,
        version.source,
        version.version_id,
        version.run_id,
        version.run_link,
        version.description,
        version.status.value,
        None if version.files is None else str(version.files),
        version.outside,
        version.stage.value,
        version.create_time_ms,
        version.update_time_ms,
        json_text(version.tags),
    )


def version_query() -> Select[tuple[object, ...]]:
    """Select versions with what their models say of them."""
    return select(versions, models.c.name.label("model_name"), models.c.aliases.label("aliases")).join(
        models, models.c.id == versions.c.model_id
    )


def model_of(columns: RowMapping) -> RegisteredModel:
    """Read a model."""
    return RegisteredModel(
        model_number=columns["id"],
        name=columns["name"],
        description=columns["description"],
        create_time_ms=columns["create_time_ms"],
        update_time_ms=columns["update_time_ms"],
        tags=_TAGS.decode(columns["tags"]),
        aliases=_ALIASES.decode(columns["aliases"]),
    )


def version_of(row: Row) -> RegisteredVersion:
    """Read a version that `version_query` has found."""
    (model_number, number, source, version_id, run_id, run_link, description, status, files, outside, stage, *more) = (
        row
    )
    create_time_ms, update_time_ms, tags, model_name, aliases = more
    return RegisteredVersion(
        model_number=model_number,
        model_name=model_name,
        number=number,
        source=source,
        version_id=version_id,
        run_id=run_id,
        run_link=run_link,
        description=description,
        status=_STATUSES[status],
        files=None if files is None else ArtifactPath.parse(files),
        outside=outside,
        stage=_STAGES[stage],
        create_time_ms=create_time_ms,
        update_time_ms=update_time_ms,
        tags=_TAGS.decode(tags),
        aliases=tuple(sorted(alias for alias, named in _ALIASES.decode(aliases).items() if named == number)),
    )


def json_text(values: Mapping[str, object]) -> str:
    """Write tags or aliases."""
    return msgspec.json.encode(values).decode()
