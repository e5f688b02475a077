"""Keeps scorers."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.scorer import OnlineScoring, Scorer
from trilha_server.ports import Clock
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.labels import storable
from trilha_server.storage.schema import scorer, scorer_version

# The row of the name orders those who register at once.
_NEXT_VERSION = """
INSERT INTO scorer (scorer_id, experiment_id, name, last_version) VALUES (?, ?, ?, 1)
ON CONFLICT (experiment_id, name) DO UPDATE SET last_version = scorer.last_version + 1
RETURNING scorer_id, last_version
"""
_ADD_VERSION = "INSERT INTO scorer_version (scorer_id, version, definition, create_time_ms) VALUES (?, ?, ?, ?)"

# An update that changes nothing holds the row until the end of the transaction.
_HOLD = "UPDATE scorer SET last_version = last_version WHERE experiment_id = ? AND name = ? RETURNING scorer_id"
_DELETE_VERSION = "DELETE FROM scorer_version WHERE scorer_id = ? AND version = ? RETURNING version"
_DELETE_VERSIONS = "DELETE FROM scorer_version WHERE scorer_id = ?"
_ANY_VERSION = "SELECT version FROM scorer_version WHERE scorer_id = ? LIMIT 1"
_DELETE = "DELETE FROM scorer WHERE scorer_id = ?"

_SET_SCORING = """
UPDATE scorer SET online_scoring_id = coalesce(online_scoring_id, ?), sample_rate = coalesce(?, sample_rate),
trace_filter = nullif(coalesce(?, trace_filter), '') WHERE experiment_id = ? AND name = ?
RETURNING online_scoring_id, scorer_id, experiment_id, sample_rate, trace_filter
"""

_VERSIONS = select(
    scorer.c.scorer_id,
    scorer.c.experiment_id,
    scorer.c.name,
    scorer_version.c.version,
    scorer_version.c.definition,
    scorer_version.c.create_time_ms,
).join(scorer_version, scorer_version.c.scorer_id == scorer.c.scorer_id)
_SCORINGS = select(
    scorer.c.online_scoring_id,
    scorer.c.scorer_id,
    scorer.c.experiment_id,
    scorer.c.sample_rate,
    scorer.c.trace_filter,
).where(scorer.c.online_scoring_id.is_not(None))


def _new_id() -> str:
    return str(uuid.uuid4())


class SqlScorers:
    """Scorers in a database."""

    def __init__(self, database: Database, clock: Clock, new_id: Callable[[], str] = _new_id) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id

    def register_scorer(self, experiment_id: ExperimentId, name: str, definition: str) -> Scorer:
        """Keep the next version of a name."""
        now_ms = self._clock.now_ms()
        name, definition = storable(name), storable(definition)
        with self._database.writing() as cursor:
            cursor.execute(_NEXT_VERSION, (self._new_id(), experiment_id, name))
            scorer_id, version = cursor.rows()[0]
            cursor.execute(_ADD_VERSION, (scorer_id, version, definition, now_ms))
        return Scorer(
            scorer_id=scorer_id,
            experiment_id=experiment_id,
            name=name,
            version=int(version),
            definition=definition,
            create_time_ms=now_ms,
        )

    def list_scorers(self, experiment_ids: Sequence[ExperimentId]) -> list[Scorer]:
        """Read the newest version of every name, by name."""
        others = scorer_version.alias()
        newest = select(func.max(others.c.version)).where(others.c.scorer_id == scorer.c.scorer_id).scalar_subquery()
        found = _VERSIONS.where(scorer.c.experiment_id.in_(experiment_ids), scorer_version.c.version == newest)
        return self._read(found.order_by(scorer.c.name, scorer.c.experiment_id))

    def scorer_versions(self, experiment_id: ExperimentId, name: str) -> list[Scorer]:
        """Read all versions of a name, the oldest first."""
        return self._read(_of(experiment_id, name).order_by(scorer_version.c.version))

    def get_scorer(self, experiment_id: ExperimentId, name: str, version: int | None = None) -> Scorer:
        """Read one version, or the newest."""
        found = _of(experiment_id, name).order_by(scorer_version.c.version.desc()).limit(1)
        if version is not None:
            found = found.where(scorer_version.c.version == version)
        scorers = self._read(found)
        if not scorers:
            raise _missing(experiment_id, name, version)
        return scorers[0]

    def delete_scorer(self, experiment_id: ExperimentId, name: str, version: int | None = None) -> None:
        """Forget one version, or all of a name."""
        with self._database.writing() as cursor:
            cursor.execute(_HOLD, (experiment_id, storable(name)))
            held = cursor.rows()
            if not held or not self._delete_versions(cursor, held[0][0], version):
                raise _missing(experiment_id, name, version)
            cursor.execute(_ANY_VERSION, held[0])
            if not cursor.rows():
                cursor.execute(_DELETE, held[0])

    def set_online_scoring(
        self, experiment_id: ExperimentId, name: str, sample_rate: float | None, trace_filter: str | None
    ) -> OnlineScoring:
        """Say how much a scorer is to score."""
        kept_filter = None if trace_filter is None else storable(trace_filter)
        with self._database.writing() as cursor:
            cursor.execute(_SET_SCORING, (self._new_id(), sample_rate, kept_filter, experiment_id, storable(name)))
            rows = cursor.rows()
            if not rows:
                raise _missing(experiment_id, name, None)
            if rows[0][3] is None:
                raise InvalidInput("the scorer was never started: name its 'sample_rate', from 0 to 1", name=name[:80])
        return _scoring(rows[0])

    def online_scorings(self, scorer_ids: Sequence[str]) -> list[OnlineScoring]:
        """Read what was said of these."""
        found = _SCORINGS.where(scorer.c.scorer_id.in_([storable(scorer_id) for scorer_id in scorer_ids]))
        with self._database.querying() as connection:
            return [_scoring(row) for row in connection.execute(found.order_by(scorer.c.name))]

    @staticmethod
    def _delete_versions(cursor: Cursor, scorer_id: str, version: int | None) -> bool:
        if version is None:
            cursor.execute(_DELETE_VERSIONS, (scorer_id,))
            return True
        cursor.execute(_DELETE_VERSION, (scorer_id, version))
        return bool(cursor.rows())

    def _read(self, statement: Select[*tuple[str, int, str, int, str, int]]) -> list[Scorer]:
        with self._database.querying() as connection:
            return [_scorer(row) for row in connection.execute(statement)]


def _of(experiment_id: ExperimentId, name: str) -> Select[*tuple[str, int, str, int, str, int]]:
    return _VERSIONS.where(scorer.c.experiment_id == experiment_id, scorer.c.name == storable(name))


def _scorer(row: Row[*tuple[str, int, str, int, str, int]]) -> Scorer:
    scorer_id, experiment_id, name, version, definition, create_time_ms = row
    return Scorer(
        scorer_id=scorer_id,
        experiment_id=ExperimentId(experiment_id),
        name=name,
        version=version,
        definition=definition,
        create_time_ms=create_time_ms,
    )


def _scoring(row: Sequence[Any]) -> OnlineScoring:  # Any: columns of every type
    online_scoring_id, scorer_id, experiment_id, sample_rate, trace_filter = row
    return OnlineScoring(
        online_scoring_id=online_scoring_id,
        scorer_id=scorer_id,
        experiment_id=ExperimentId(experiment_id),
        sample_rate=sample_rate,
        filter=trace_filter,
    )


def _missing(experiment_id: ExperimentId, name: str, version: int | None) -> NotFound:
    which = {} if version is None else {"version": version}
    return NotFound("there is no such scorer", experiment_id=experiment_id, name=name[:80], **which)
