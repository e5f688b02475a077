"""Reads whole versions from their rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from trilha_server.domain.filter import LabelScope
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.version import Version, VersionId, VersionMetric, VersionStatus
from trilha_server.storage import keyset
from trilha_server.storage.schema import run, version, version_label, version_metric

_TAG = LabelScope.TAG.value
_PARAM = LabelScope.PARAM.value

NEWEST_POINT_FIRST = (
    version_metric.c.time_ms.desc(),
    version_metric.c.step.desc(),
    version_metric.c.value.desc(),
    version_metric.c.is_nan,
    version_metric.c.run_key.desc(),
)
"""As `VersionMetric.rank` says, and then so that no two points are equal."""


def read_versions(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[tuple[RowMapping, Version]]:
    """Read whole versions, in the order of a statement that selects their rows, each with its row."""
    rows = connection.execute(statement).mappings().all()
    if not rows:
        return []
    labels = _labels(connection, [row["key"] for row in rows])
    metrics = _metrics(connection, [row["key"] for row in rows])
    return [(row, _version(row, labels.get(row["key"], {}), metrics.get(row["version_id"], []))) for row in rows]


def _labels(connection: Connection, keys: Sequence[int]) -> dict[int, dict[str, dict[str, str]]]:
    is_sqlite = connection.dialect.name == "sqlite"
    wanted = select(version_label).where(keyset.one_of(version_label.c.version_key, keys, is_sqlite=is_sqlite))
    found: dict[int, dict[str, dict[str, str]]] = {}
    for version_key, scope, key, value in connection.execute(wanted.order_by(version_label.c.key)):
        found.setdefault(version_key, {}).setdefault(scope, {})[key] = value
    return found


def _metrics(connection: Connection, keys: Sequence[int]) -> dict[str, list[VersionMetric]]:
    """Read the newest point of each metric on each dataset."""
    point = version_metric.c
    measured = (point.version_id, point.key, point.dataset_name, point.dataset_digest)
    place = func.row_number().over(partition_by=measured, order_by=NEWEST_POINT_FIRST)
    is_asked = keyset.one_of(version.c.key, keys, is_sqlite=connection.dialect.name == "sqlite")
    points = select(version_metric, place.label("place")).join(version, version.c.version_id == point.version_id)
    numbered = points.where(is_asked).subquery()
    newest = numbered.c
    wanted = select(numbered, run.c.run_id).join(run, run.c.key == newest.run_key).where(newest.place == 1)
    by_name = (newest.key, newest.dataset_name.nulls_first(), newest.dataset_digest.nulls_first())
    found: dict[str, list[VersionMetric]] = {}
    for row in connection.execute(wanted.order_by(*by_name)).mappings():
        found.setdefault(row["version_id"], []).append(_metric(row))
    return found


def _metric(row: RowMapping) -> VersionMetric:
    return VersionMetric(
        key=row["key"],
        value=float("nan") if row["is_nan"] else row["value"],
        time_ms=row["time_ms"],
        step=row["step"],
        run_id=row["run_id"],
        dataset_name=row["dataset_name"],
        dataset_digest=row["dataset_digest"],
    )


def _version(row: RowMapping, labels: Mapping[str, dict[str, str]], metrics: list[VersionMetric]) -> Version:
    return Version(
        version_id=VersionId(row["version_id"]),
        experiment_id=ExperimentId(row["experiment_id"]),
        name=row["name"],
        kind=row["kind"],
        source_run_id=row["source_run_id"],
        status=VersionStatus(row["status"]),
        create_time_ms=row["create_time_ms"],
        update_time_ms=row["update_time_ms"],
        is_deleted=row["is_deleted"],
        tags=labels.get(_TAG, {}),
        params=labels.get(_PARAM, {}),
        metrics=tuple(metrics),
    )
