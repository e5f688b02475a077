"""Keeps experiments."""

import msgspec
from sqlalchemy import RowMapping, select

from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Clock
from trilha_server.storage.database import Database
from trilha_server.storage.labels import storable
from trilha_server.storage.schema import experiment as experiments

_ADD = """
INSERT INTO experiment (id, name, artifact_location, stage, create_time_ms, update_time_ms, tags)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_CHANGE = "UPDATE experiment SET name = ?, stage = ?, update_time_ms = ?, tags = ? WHERE id = ? RETURNING id"
_HOLDER = "SELECT id FROM experiment WHERE name = ?"
_NEXT = "UPDATE sequence SET last = last + 1 WHERE name = 'experiment' RETURNING last"


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
            cursor.execute(_NEXT)
            number = int(cursor.rows()[0][0])
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
        with self._database.reading() as connection:
            found = connection.execute(select(experiments).where(experiments.c.id == experiment_id))
            row = found.mappings().one_or_none()
        if row is None:
            raise NotFound("there is no such experiment", experiment_id=experiment_id)
        return _experiment(row)

    def experiment_by_name(self, name: str) -> Experiment | None:
        """Read one by name, deleted or not."""
        with self._database.reading() as connection:
            found = connection.execute(select(experiments).where(experiments.c.name == storable(name)))
            row = found.mappings().one_or_none()
        return None if row is None else _experiment(row)

    def list_experiments(self) -> list[Experiment]:
        """Read all, deleted ones too."""
        with self._database.reading() as connection:
            rows = connection.execute(select(experiments).order_by(experiments.c.id)).mappings()
            return [_experiment(row) for row in rows]

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


def _tags_text(tags: dict[str, str]) -> str:
    return storable(msgspec.json.encode(tags).decode())


def _experiment(columns: RowMapping) -> Experiment:
    return Experiment(
        experiment_id=ExperimentId(columns["id"]),
        name=columns["name"],
        artifact_location=columns["artifact_location"],
        stage=LifecycleStage(columns["stage"]),
        create_time_ms=columns["create_time_ms"],
        update_time_ms=columns["update_time_ms"],
        tags=msgspec.json.decode(columns["tags"], type=dict[str, str]),
    )
