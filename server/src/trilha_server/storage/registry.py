"""Keeps registered models and their versions."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
from sqlalchemy import ColumnElement, and_, func, select

from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.registered_model import (
    ModelChange,
    NewRegisteredVersion,
    RegisteredModel,
    RegisteredVersion,
    RegisteredVersionChange,
    RegistryStage,
    is_own_folder,
    own_folder,
)
from trilha_server.ports import Clock
from trilha_server.storage.database import Cursor, Database, Row
from trilha_server.storage.labels import storable
from trilha_server.storage.registry_rows import json_text, model_of, version_of, version_query, version_values
from trilha_server.storage.schema import registered_model as models
from trilha_server.storage.schema import registered_version as versions
from trilha_server.storage.sequences import take_numbers

T = TypeVar("T")

# Whoever gives a model its name waits here for others who do.
_HOLD_NAMES = "UPDATE sequence SET last = last WHERE name = 'registered_model'"
_HOLDER = "SELECT id FROM registered_model WHERE name = ?"
_ADD_MODEL = """
INSERT INTO registered_model (id, name, description, create_time_ms, update_time_ms, last_number, tags, aliases)
VALUES (?, ?, ?, ?, ?, 0, ?, ?)
"""
# Every change of a model or of its versions begins with one of these: the row is locked until the transaction ends.
_TOUCH_MODEL = """
UPDATE registered_model SET update_time_ms = ? WHERE name = ?
RETURNING id, name, description, create_time_ms, update_time_ms, tags, aliases
"""
_NUMBER_VERSION = """
UPDATE registered_model SET update_time_ms = ?, last_number = last_number + 1 WHERE name = ? RETURNING id, last_number
"""
_CHANGE_MODEL = "UPDATE registered_model SET name = ?, description = ?, tags = ?, aliases = ? WHERE id = ?"
_SET_ALIASES = "UPDATE registered_model SET aliases = ? WHERE id = ?"
_DELETE_MODEL = "DELETE FROM registered_model WHERE id = ?"
_DELETE_VERSIONS = "DELETE FROM registered_version WHERE model_id = ? RETURNING files"
_ADD_VERSION = """
INSERT INTO registered_version
(model_id, number, source, version_id, run_id, run_link, description, status, files, outside, stage,
create_time_ms, update_time_ms, tags)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_VERSION = "SELECT description, status, stage, tags FROM registered_version WHERE model_id = ? AND number = ?"
_CHANGE_VERSION = """
UPDATE registered_version SET description = ?, status = ?, stage = ?, update_time_ms = ?, tags = ?
WHERE model_id = ? AND number = ?
"""
_ARCHIVE_OTHERS = """
UPDATE registered_version SET stage = ?, update_time_ms = ? WHERE model_id = ? AND stage = ? AND number <> ?
"""
_DELETE_VERSION = "DELETE FROM registered_version WHERE model_id = ? AND number = ? RETURNING files"
_OTHER_USER = "SELECT 1 FROM registered_version WHERE files = ? LIMIT 1"


class SqlRegistry:
    """Registered models and their versions in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> RegisteredModel:
        """Make one. Raises `AlreadyExists`."""
        now_ms = self._clock.now_ms()
        name, description = storable(name), storable(description)
        with self._database.writing() as cursor:
            number = take_numbers(cursor, "registered_model")
            _require_free(cursor, name)
            cursor.execute(_ADD_MODEL, (number, name, description, now_ms, now_ms, json_text(tags), json_text({})))
        return RegisteredModel(
            model_number=number,
            name=name,
            description=description,
            create_time_ms=now_ms,
            update_time_ms=now_ms,
            tags=dict(tags),
        )

    def get_model(self, name: str) -> RegisteredModel:
        """Read one by name. Raises `NotFound`."""
        with self._database.querying() as connection:
            row = connection.execute(select(models).where(models.c.name == storable(name))).mappings().one_or_none()
        if row is None:
            raise _no_model(name)
        return model_of(row)

    def list_models(self) -> list[RegisteredModel]:
        """Read all, by name."""
        with self._database.querying() as connection:
            found = [model_of(row) for row in connection.execute(select(models)).mappings()]
        return sorted(found, key=lambda model: model.name)

    def change_model(self, name: str, change: ModelChange) -> RegisteredModel:
        """Change one, all of it at once."""
        with self._database.writing() as cursor:
            if change.name is not None:
                cursor.execute(_HOLD_NAMES)
            kept = _touch(cursor, name, change.time_ms)
            if change.name is not None and storable(change.name) != kept.name:
                _require_free(cursor, storable(change.name))
            for number in change.aliases.values():
                if number is not None:
                    _version_row(cursor, kept, number)
            changed = msgspec.structs.replace(
                kept,
                name=kept.name if change.name is None else storable(change.name),
                description=kept.description if change.description is None else storable(change.description),
                tags=_merged(kept.tags, change.tags),
                aliases=_merged(kept.aliases, change.aliases),
            )
            row = (
                changed.name,
                changed.description,
                json_text(changed.tags),
                json_text(changed.aliases),
                kept.model_number,
            )
            cursor.execute(_CHANGE_MODEL, row)
        return changed

    def delete_model(self, name: str) -> list[ArtifactPath]:
        """Forget one with its versions."""
        with self._database.writing() as cursor:
            kept = _touch(cursor, name, self._clock.now_ms())
            cursor.execute(_DELETE_VERSIONS, (kept.model_number,))
            deleted = cursor.rows()
            cursor.execute(_DELETE_MODEL, (kept.model_number,))
            return _unneeded_folders(cursor, deleted)

    def add_version(self, name: str, new: NewRegisteredVersion) -> RegisteredVersion:
        """Number a new version."""
        with self._database.writing() as cursor:
            cursor.execute(_NUMBER_VERSION, (new.time_ms, storable(name)))
            rows = cursor.rows()
            if not rows:
                raise _no_model(name)
            model_number, number = int(rows[0][0]), int(rows[0][1])
            added = RegisteredVersion(
                model_number=model_number,
                model_name=storable(name),
                number=number,
                source=storable(new.source),
                version_id=_storable_or_none(new.version_id),
                run_id=_storable_or_none(new.run_id),
                run_link=storable(new.run_link),
                description=storable(new.description),
                status=new.status,
                files=_folder(new, model_number, number),
                outside=_storable_or_none(new.outside),
                create_time_ms=new.time_ms,
                update_time_ms=new.time_ms,
                tags=new.tags,
            )
            cursor.execute(_ADD_VERSION, version_values(added))
        return added

    def get_version(self, name: str, number: int) -> RegisteredVersion:
        """Read one. Raises `NotFound`, also for a model that does not exist."""
        query = version_query().where(models.c.name == storable(name), versions.c.number == number)
        with self._database.querying() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise _no_version(name, number)
        return version_of(row)

    def list_versions(
        self, names: Sequence[str] | None = None, run_ids: Sequence[str] | None = None
    ) -> list[RegisteredVersion]:
        """Read those of some models, of some runs, or all; by name, the newest of each model first."""
        conditions: list[ColumnElement[bool]] = []
        if names is not None:
            conditions.append(models.c.name.in_([storable(name) for name in names]))
        if run_ids is not None:
            conditions.append(versions.c.run_id.in_([storable(run_id) for run_id in run_ids]))
        with self._database.querying() as connection:
            found = [version_of(row) for row in connection.execute(version_query().where(*conditions))]
        return sorted(found, key=lambda version: (version.model_name, -version.number))

    def latest_versions(self, names: Sequence[str]) -> list[RegisteredVersion]:
        """Read the newest version of each stage of some models; by name, the oldest first."""
        newest = (
            select(versions.c.model_id, func.max(versions.c.number).label("number"))
            .join(models, models.c.id == versions.c.model_id)
            .where(models.c.name.in_([storable(name) for name in names]))
            .group_by(versions.c.model_id, versions.c.stage)
            .subquery()
        )
        query = version_query().join(
            newest, and_(newest.c.model_id == versions.c.model_id, newest.c.number == versions.c.number)
        )
        with self._database.querying() as connection:
            found = [version_of(row) for row in connection.execute(query)]
        return sorted(found, key=lambda version: (version.model_name, version.number))

    def change_version(self, name: str, number: int, change: RegisteredVersionChange) -> RegisteredVersion:
        """Change one, all of it at once."""
        with self._database.writing() as cursor:
            kept = _touch(cursor, name, change.time_ms)
            description, status, stage, tags = _version_row(cursor, kept, number)
            row = (
                description if change.description is None else storable(change.description),
                status if change.status is None else change.status.value,
                stage if change.stage is None else change.stage.value,
                change.time_ms,
                json_text(_merged(msgspec.json.decode(tags, type=dict[str, str]), change.tags)),
                kept.model_number,
                number,
            )
            cursor.execute(_CHANGE_VERSION, row)
            if change.archives_others and change.stage is not None:
                archived = (RegistryStage.ARCHIVED.value, change.time_ms, kept.model_number, change.stage.value, number)
                cursor.execute(_ARCHIVE_OTHERS, archived)
        return self.get_version(name, number)

    def delete_version(self, name: str, number: int) -> list[ArtifactPath]:
        """Forget one and the aliases that name it."""
        with self._database.writing() as cursor:
            kept = _touch(cursor, name, self._clock.now_ms())
            cursor.execute(_DELETE_VERSION, (kept.model_number, number))
            deleted = cursor.rows()
            if not deleted:
                raise _no_version(name, number)
            aliases = {alias: named for alias, named in kept.aliases.items() if named != number}
            if aliases != kept.aliases:
                cursor.execute(_SET_ALIASES, (json_text(aliases), kept.model_number))
            return _unneeded_folders(cursor, deleted)


def _touch(cursor: Cursor, name: str, time_ms: int) -> RegisteredModel:
    cursor.execute(_TOUCH_MODEL, (time_ms, storable(name)))
    rows = cursor.rows()
    if not rows:
        raise _no_model(name)
    number, name, description, create_time_ms, update_time_ms, tags, aliases = rows[0]
    return RegisteredModel(
        model_number=int(number),
        name=name,
        description=description,
        create_time_ms=create_time_ms,
        update_time_ms=update_time_ms,
        tags=msgspec.json.decode(tags, type=dict[str, str]),
        aliases=msgspec.json.decode(aliases, type=dict[str, int]),
    )


def _require_free(cursor: Cursor, name: str) -> None:
    cursor.execute(_HOLDER, (name,))
    if cursor.rows():
        raise AlreadyExists("a registered model of this name exists", name=name)


def _version_row(cursor: Cursor, model: RegisteredModel, number: int) -> Row:
    cursor.execute(_VERSION, (model.model_number, number))
    rows = cursor.rows()
    if not rows:
        raise _no_version(model.name, number)
    return rows[0]


def _folder(new: NewRegisteredVersion, model_number: int, number: int) -> ArtifactPath | None:
    if isinstance(new.files, int):
        return ArtifactPath(new.files, own_folder(model_number, number))
    return new.files


def _unneeded_folders(cursor: Cursor, deleted: Sequence[Row]) -> list[ArtifactPath]:
    """Of deleted versions, name the folders that were made for the registry and that no copy of them needs."""
    unneeded: list[ArtifactPath] = []
    for files in {str(row[0]) for row in deleted if row[0] is not None}:
        folder = ArtifactPath.parse(files)
        if is_own_folder(folder):
            cursor.execute(_OTHER_USER, (files,))
            unneeded.extend([] if cursor.rows() else [folder])
    return unneeded


def _merged(kept: Mapping[str, T], changed: Mapping[str, T | None]) -> dict[str, T]:
    return {key: value for key, value in {**kept, **changed}.items() if value is not None}


def _storable_or_none(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _no_model(name: str) -> NotFound:
    return NotFound("there is no such registered model", name=name[:256])


def _no_version(name: str, number: int) -> NotFound:
    return NotFound("there is no such version of a registered model", name=name[:256], version=number)
