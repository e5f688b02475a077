"""Keeps experiments."""

import msgspec

from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Clock
from trilha_server.storage.database import Database, Row
from trilha_server.storage.labels import storable
from trilha_server.storage.sequences import take_numbers

_ADD = """
INSERT INTO experiment (id, name, artifact_location, stage, create_time_ms, update_time_ms, tags)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = "UPDATE experiment SET name = ?, stage = ?, update_time_ms = ?, tags = ? WHERE id = ? RETURNING id"
_COLUMNS = "id, name, artifact_location, stage, create_time_ms, update_time_ms, tags"
_BY_ID = f"SELECT {_COLUMNS} FROM experiment WHERE id = ?"
_BY_NAME = f"SELECT {_COLUMNS} FROM experiment WHERE name = ?"
_ALL = f"SELECT {_COLUMNS} FROM experiment ORDER BY id"
_HOLDER = "SELECT id FROM experiment WHERE name = ?"


class SqlExperiments:
    """Experiments in a database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create_experiment(self, name: str, artifact_location: str | None, tags: dict[str, str]) -> Experiment:
        """Make one. Raises `AlreadyExists`, also while a deleted one holds the name."""
        now_ms = self._clock.now_ms()
        name = storable(name)
        artifact_location = None if artifact_location is None else storable(artifact_location)
        with self._database.writing() as cursor:
            number = take_numbers(cursor, "experiment")
            cursor.execute(_HOLDER, (name,))
            if cursor.rows():
                raise AlreadyExists("an experiment of this name exists", name=name)
            values = (number, name, artifact_location, LifecycleStage.ACTIVE.value, now_ms, now_ms, _tags_text(tags))
            cursor.execute(_ADD, values)
        return Experiment(
            experiment_id=ExperimentId(number),
            name=name,
            artifact_location=artifact_location,
            stage=LifecycleStage.ACTIVE,
            create_time_ms=now_ms,
            update_time_ms=now_ms,
            tags=tags,
        )

    def get_experiment(self, experiment_id: ExperimentId) -> Experiment:
        """Read one, deleted or not. Raises `NotFound`."""
        found = self._find(_BY_ID, experiment_id)
        if not found:
            raise NotFound("there is no such experiment", experiment_id=experiment_id)
        return found[0]

    def experiment_by_name(self, name: str) -> Experiment | None:
        """Read one by name, deleted or not."""
        found = self._find(_BY_NAME, storable(name))
        return found[0] if found else None

    def list_experiments(self) -> list[Experiment]:
        """Read all, deleted ones too."""
        return self._find(_ALL)

    def update_experiment(self, experiment: Experiment) -> None:
        """Replace name, stage, update time and tags."""
        name = storable(experiment.name)
        with self._database.writing() as cursor:
            cursor.execute(_HOLDER, (name,))
            holders = cursor.rows()
            if holders and int(holders[0][0]) != experiment.experiment_id:
                raise AlreadyExists("an experiment of this name exists", name=name)
            values = (
                name,
                experiment.stage.value,
                experiment.update_time_ms,
                _tags_text(experiment.tags),
                experiment.experiment_id,
            )
            cursor.execute(_CHANGE, values)
            if not cursor.rows():
                raise NotFound("there is no such experiment", experiment_id=experiment.experiment_id)

    def _find(self, sql: str, *values: object) -> list[Experiment]:
        with self._database.reading() as cursor:
            cursor.execute(sql, values)
            return [_experiment(row) for row in cursor]


def _tags_text(tags: dict[str, str]) -> str:
    return storable(msgspec.json.encode(tags).decode())


def _experiment(row: Row) -> Experiment:
    experiment_id, name, artifact_location, stage, create_time_ms, update_time_ms, tags = row
    return Experiment(
        experiment_id=ExperimentId(experiment_id),
        name=name,
        artifact_location=artifact_location,
        stage=LifecycleStage(stage),
        create_time_ms=create_time_ms,
        update_time_ms=update_time_ms,
        tags=msgspec.json.decode(tags, type=dict[str, str]),
    )
