"""Keeps versions."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select

from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound
from trilha_server.domain.filter import LabelScope
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import Version, VersionChange, VersionId
from trilha_server.domain.version_names import VersionBook
from trilha_server.ports import VersionPage, VersionQuery
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.labels import storable
from trilha_server.storage.schema import version
from trilha_server.storage.sequences import take_numbers
from trilha_server.storage.version_names import version_book
from trilha_server.storage.version_rows import read_versions
from trilha_server.storage.version_search import VersionSearch

_ADD = """
INSERT INTO version
(key, version_id, experiment_id, name, kind, source_run_id, status, create_time_ms, update_time_ms, is_deleted)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (version_id) DO NOTHING RETURNING key
"""
_NEWEST_OF_NAME = """
SELECT version_id FROM version WHERE experiment_id = ? AND name = ? AND NOT is_deleted
ORDER BY create_time_ms DESC, key DESC LIMIT 1
"""
_CHANGE = """
UPDATE version SET status = coalesce(?, status), update_time_ms = ? WHERE version_id = ? AND NOT is_deleted
RETURNING key
"""
_DELETE = """
UPDATE version SET is_deleted = TRUE, update_time_ms = ? WHERE version_id = ? AND NOT is_deleted RETURNING key
"""
_PUT_LABEL = """
INSERT INTO version_label (version_key, scope, key, value) VALUES (?, ?, ?, ?)
ON CONFLICT (version_key, scope, key) DO UPDATE SET value = excluded.value
"""
_KEEP_LABEL = """
INSERT INTO version_label (version_key, scope, key, value) VALUES (?, ?, ?, ?)
ON CONFLICT (version_key, scope, key) DO UPDATE SET value = version_label.value RETURNING value
"""
_DELETE_LABEL = "DELETE FROM version_label WHERE version_key = ? AND scope = ? AND key = ? RETURNING key"

_TAG = LabelScope.TAG.value
_PARAM = LabelScope.PARAM.value


class SqlVersions:
    """Versions in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._search = VersionSearch(database)

    def create_version(self, version: Version) -> None:
        """Keep a new one."""
        with self._database.writing() as cursor:
            _add(cursor, take_numbers(cursor, "version"), version)

    def ensure_version(self, version: Version) -> Version:
        """Read the newest of the name, or keep this one where there is none."""
        with self._database.writing() as cursor:
            key = take_numbers(cursor, "version")  # whoever else makes a version waits here, and then sees this one
            cursor.execute(_NEWEST_OF_NAME, (version.experiment_id, storable(version.name)))
            rows = cursor.rows()
            if not rows:
                _add(cursor, key, version)
        return self.get_version(VersionId(rows[0][0]) if rows else version.version_id)

    def get_version(self, version_id: VersionId, *, deleted_too: bool = False) -> Version:
        """Read one."""
        found = select(version).where(version.c.version_id == storable(version_id))
        with self._database.querying() as connection:
            read = read_versions(connection, found if deleted_too else found.where(version.c.is_deleted.is_(False)))
        if not read:
            raise _missing(version_id)
        return read[0][1]

    def version_by_name(self, experiment_id: ExperimentId, name: str) -> Version | None:
        """Read the newest of a name that is not deleted."""
        found = (
            select(version)
            .where(
                version.c.experiment_id == experiment_id,
                version.c.name == storable(name),
                version.c.is_deleted.is_(False),
            )
            .order_by(version.c.create_time_ms.desc(), version.c.key.desc())
            .limit(1)
        )
        with self._database.querying() as connection:
            read = read_versions(connection, found)
        return read[0][1] if read else None

    def version_book(self, texts: Collection[str], experiment_ids: Sequence[ExperimentId]) -> VersionBook:
        """Read what tells which versions texts mean."""
        with self._database.querying() as connection:
            return version_book(connection, texts, experiment_ids)

    def change_version(self, version_id: VersionId, change: VersionChange) -> Version:
        """Change one, all of it or nothing."""
        status = None if change.status is None else change.status.value
        with self._database.writing() as cursor:
            cursor.execute(_CHANGE, (status, change.time_ms, storable(version_id)))
            rows = cursor.rows()
            if not rows:
                raise _missing(version_id)
            key = int(rows[0][0])
            _put_tags(cursor, key, {name: value for name, value in change.tags.items() if value is not None})
            _delete_tags(cursor, key, [name for name, value in change.tags.items() if value is None])
            _keep_params(cursor, key, change.params)
        return self.get_version(version_id)

    def delete_version(self, version_id: VersionId, time_ms: int) -> None:
        """Put one away."""
        with self._database.writing() as cursor:
            cursor.execute(_DELETE, (time_ms, storable(version_id)))
            if not cursor.rows():
                raise _missing(version_id)

    def search_versions(self, query: VersionQuery) -> VersionPage:
        """Find versions that are not deleted."""
        return self._search.page(query)


def _add(cursor: Cursor, key: int, version: Version) -> None:
    cursor.execute(_ADD, (key, *_columns(version)))
    if not cursor.rows():
        raise AlreadyExists("a version of this id exists", version_id=version.version_id)
    _put_tags(cursor, key, version.tags)
    _keep_params(cursor, key, version.params)


def _columns(item: Version) -> tuple[object, ...]:
    return (
        storable(item.version_id),
        item.experiment_id,
        storable(item.name),
        None if item.kind is None else storable(item.kind),
        None if item.source_run_id is None else storable(item.source_run_id),
        item.status.value,
        item.create_time_ms,
        item.update_time_ms,
        item.is_deleted,
    )


def _put_tags(cursor: Cursor, version_key: int, tags: Mapping[str, str]) -> None:
    rows = [(version_key, _TAG, storable(key), storable(value)) for key, value in tags.items()]
    if rows:
        cursor.execute_many(_PUT_LABEL, rows)


def _delete_tags(cursor: Cursor, version_key: int, keys: Iterable[str]) -> None:
    for key in keys:
        cursor.execute(_DELETE_LABEL, (version_key, _TAG, storable(key)))
        if not cursor.rows():
            raise NotFound("the version has no such tag", key=key[:80])


def _keep_params(cursor: Cursor, version_key: int, params: Mapping[str, str]) -> None:
    for key, value in params.items():
        cursor.execute(_KEEP_LABEL, (version_key, _PARAM, storable(key), storable(value)))
        if cursor.rows()[0][0] != storable(value):
            raise InvalidInput("a parameter of a version is given once, and this one has another value", key=key[:80])


def _missing(version_id: VersionId) -> NotFound:
    return NotFound("there is no such version", version_id=version_id[:80])
