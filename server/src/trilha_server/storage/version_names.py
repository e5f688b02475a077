"""Reads what versions are called, for those who must know which one a trace means."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Select, and_, or_, select

from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import VersionId
from trilha_server.domain.version_names import NamedVersion, VersionBook
from trilha_server.search import named_versions
from trilha_server.storage import keyset
from trilha_server.storage.labels import storable
from trilha_server.storage.schema import version

_PORTION = 500
_COLUMNS = (version.c.version_id, version.c.experiment_id, version.c.name, version.c.create_time_ms)


def with_versions(connection: Connection, tree: Filter | None, experiment_ids: Sequence[ExperimentId]) -> Filter | None:
    """Make a filter mean versions by id and by name alike. Every search and every figure asks this of its filter."""
    asked = named_versions.versions_asked(tree)
    if tree is None or not asked:
        return tree
    if asked.patterns:
        is_sqlite = connection.dialect.name == "sqlite"
        there = keyset.one_of(version.c.experiment_id, experiment_ids, is_sqlite=is_sqlite)
        book = VersionBook(_read(connection, _known().where(there)))
    else:
        book = version_book(connection, asked.texts, experiment_ids)
    return named_versions.with_versions(tree, book, experiment_ids)


def version_book(connection: Connection, texts: Iterable[str], experiment_ids: Sequence[ExperimentId]) -> VersionBook:
    """Read the versions that texts name, by id or in some experiments by name, and their namesakes."""
    wanted = sorted(set(map(storable, texts)))
    named, same = version.alias("named"), version
    found: dict[VersionId, NamedVersion] = {}
    for start in range(0, len(wanted), _PORTION):
        portion = wanted[start : start + _PORTION]
        by_name = and_(named.c.experiment_id.in_(experiment_ids), named.c.name.in_(portion))
        namesakes = and_(same.c.experiment_id == named.c.experiment_id, same.c.name == named.c.name)
        statement = _known().select_from(named).join(same, namesakes)
        statement = statement.where(named.c.is_deleted.is_(False), or_(named.c.version_id.in_(portion), by_name))
        found |= {each.version_id: each for each in _read(connection, statement)}
    return VersionBook(sorted(found.values(), key=lambda each: each.create_time_ms))


def names_of_versions(connection: Connection, texts: Iterable[str]) -> dict[str, str]:
    """Read the names of the versions that have one of some texts as id; what is no version's id is left out."""
    wanted = sorted(set(map(storable, texts)))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _PORTION):
        statement = _known().where(version.c.version_id.in_(wanted[start : start + _PORTION]))
        found |= {each.version_id: each.name for each in _read(connection, statement)}
    return found


def _known() -> Select[str, int, str, int]:
    return select(*_COLUMNS).where(version.c.is_deleted.is_(False))


def _read(connection: Connection, statement: Select[str, int, str, int]) -> list[NamedVersion]:
    rows = connection.execute(statement.order_by(version.c.create_time_ms, version.c.key))
    return [
        NamedVersion(VersionId(version_id), ExperimentId(experiment_id), name, create_time_ms)
        for version_id, experiment_id, name, create_time_ms in rows
    ]
