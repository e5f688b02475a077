"""Reads whole runs from their rows."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, select

from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.filter import LabelScope
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.run import Dataset, DatasetInput, Metric, Run, RunStatus, VersionOutput
from trilha_server.domain.version import VersionId
from trilha_server.storage import keyset
from trilha_server.storage.run_entries import USED
from trilha_server.storage.schema import dataset, experiment, run_dataset, run_label, run_metric, run_version

_TAGS = msgspec.json.Decoder(dict[str, str])
_TAG = LabelScope.TAG.value


class _Entries(msgspec.Struct):
    """What is gathered of one run."""

    params: dict[str, str] = {}
    tags: dict[str, str] = {}
    metrics: list[Metric] = []
    datasets: list[DatasetInput] = []
    versions_used: list[VersionId] = []
    versions_made: list[VersionOutput] = []


def read_runs(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[tuple[RowMapping, Run]]:
    """Read whole runs, in the order of a statement that selects their rows, each with its row."""
    rows = connection.execute(statement).mappings().all()
    if not rows:
        return []
    gathered = _gathered(connection, [row["key"] for row in rows])
    deleted = _deleted_experiments(connection, {row["experiment_id"] for row in rows})
    return [(row, _run(row, gathered[row["key"]], is_away=row["experiment_id"] in deleted)) for row in rows]


def read_metric(row: RowMapping) -> Metric:
    """Read one point."""
    return _metric(row["key"], row["time_ms"], row["step"], row["value"], is_nan=row["is_nan"])


def _metric(key: str, time_ms: int, step: int, value: float, *, is_nan: bool) -> Metric:
    return Metric(key=key, value=float("nan") if is_nan else value, time_ms=time_ms, step=step)


def _deleted_experiments(connection: Connection, experiment_ids: set[int]) -> set[int]:
    is_sqlite = connection.dialect.name == "sqlite"
    wanted = select(experiment.c.id).where(
        keyset.one_of(experiment.c.id, sorted(experiment_ids), is_sqlite=is_sqlite),
        experiment.c.stage == LifecycleStage.DELETED.value,
    )
    return set(connection.execute(wanted).scalars())


def _gathered(connection: Connection, keys: Sequence[int]) -> defaultdict[int, _Entries]:
    found: defaultdict[int, _Entries] = defaultdict(_Entries)
    label = run_label.c
    for run_key, scope, key, value in _rows(
        connection, select(label.run_key, label.scope, label.key, label.value), run_label, keys
    ):
        (found[run_key].tags if scope == _TAG else found[run_key].params)[key] = value
    metric = run_metric.c
    columns = (metric.run_key, metric.key, metric.time_ms, metric.step, metric.value, metric.is_nan)
    for run_key, key, time_ms, step, value, is_nan in _rows(connection, select(*columns), run_metric, keys):
        found[run_key].metrics.append(_metric(key, time_ms, step, value, is_nan=is_nan))
    _gather_inputs(connection, keys, found)
    return found


def _gather_inputs(connection: Connection, keys: Sequence[int], found: defaultdict[int, _Entries]) -> None:
    about = (dataset.c.name, dataset.c.digest, dataset.c.source_type, dataset.c.source)
    inputs = select(run_dataset.c.run_key, run_dataset.c.tags, *about, dataset.c.schema, dataset.c.profile)
    inputs = inputs.join_from(run_dataset, dataset, dataset.c.id == run_dataset.c.dataset_id)
    for run_key, tags, name, digest, source_type, source, schema, profile in _rows(
        connection, inputs, run_dataset, keys
    ):
        data = Dataset(name=name, digest=digest, source_type=source_type, source=source, schema=schema, profile=profile)
        found[run_key].datasets.append(DatasetInput(dataset=data, tags=_TAGS.decode(tags)))
    version = run_version.c
    versions = select(version.run_key, version.direction, version.version_id, version.step)
    for run_key, direction, version_id, step in _rows(connection, versions, run_version, keys):
        if direction == USED:
            found[run_key].versions_used.append(VersionId(version_id))
        else:
            found[run_key].versions_made.append(VersionOutput(version_id=VersionId(version_id), step=step))


def _rows(
    connection: Connection, statement: Select[*tuple[Any, ...]], table: Any, keys: Sequence[int]
) -> Sequence[Sequence[Any]]:
    """Read the rows of some runs, in the order of the table's key."""
    is_sqlite = connection.dialect.name == "sqlite"
    wanted = statement.where(keyset.one_of(table.c.run_key, keys, is_sqlite=is_sqlite))
    return connection.execute(wanted.order_by(*table.primary_key.columns)).all()  # one by one would cost the same again


def _run(row: RowMapping, entries: _Entries, *, is_away: bool) -> Run:
    return Run(
        run_id=row["run_id"],
        experiment_id=ExperimentId(row["experiment_id"]),
        name=row["name"],
        user=row["user_name"],
        status=RunStatus(row["status"]),
        stage=LifecycleStage.DELETED if is_away else LifecycleStage(row["stage"]),
        start_time_ms=row["start_time_ms"],
        end_time_ms=row["end_time_ms"],
        params=entries.params,
        tags=entries.tags,
        metrics=tuple(entries.metrics),
        datasets=tuple(entries.datasets),
        versions_used=tuple(entries.versions_used),
        versions_made=tuple(entries.versions_made),
    )
