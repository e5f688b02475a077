"""Writes what belongs to a run: parameters, tags, metrics, datasets and versions."""

from collections.abc import Mapping, Sequence

import msgspec
from trilha import names

from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.filter import LabelScope
from trilha_server.domain.run import DatasetInput, Metric, RunChange
from trilha_server.storage.database import Cursor
from trilha_server.storage.labels import storable
from trilha_server.storage.sequences import take_numbers

_PUT_LABEL = """
INSERT INTO run_label (run_key, scope, key, value) VALUES (?, ?, ?, ?)
ON CONFLICT (run_key, scope, key) DO UPDATE SET value = excluded.value
"""
# Writes nothing new over what is there, and tells what that is, also where two clients come at once.
_KEEP_LABEL = """
INSERT INTO run_label (run_key, scope, key, value) VALUES (?, ?, ?, ?)
ON CONFLICT (run_key, scope, key) DO UPDATE SET value = run_label.value RETURNING value
"""
_DELETE_LABEL = "DELETE FROM run_label WHERE run_key = ? AND scope = ? AND key = ? RETURNING key"

_ADD_POINT = """
INSERT INTO metric_point (run_key, key, time_ms, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_RAISE_LATEST = """
INSERT INTO run_metric (run_key, key, time_ms, step, value, is_nan) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (run_key, key) DO UPDATE SET
time_ms = excluded.time_ms, step = excluded.step, value = excluded.value, is_nan = excluded.is_nan
WHERE (excluded.step, excluded.time_ms, excluded.value) > (run_metric.step, run_metric.time_ms, run_metric.value)
"""
_ADD_VERSION_POINT = """
INSERT INTO version_metric (version_id, key, run_key, time_ms, step, value, is_nan, dataset_name, dataset_digest)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""

_FIND_DATASET = "SELECT id FROM dataset WHERE experiment_id = ? AND name = ? AND digest = ?"
_ADD_DATASET = """
INSERT INTO dataset (id, experiment_id, name, digest, source_type, source, schema, profile)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (experiment_id, name, digest) DO NOTHING
"""
_PUT_INPUT = """
INSERT INTO run_dataset (run_key, dataset_id, context, tags) VALUES (?, ?, ?, ?)
ON CONFLICT (run_key, dataset_id) DO UPDATE SET context = excluded.context, tags = excluded.tags
"""
_PUT_VERSION = """
INSERT INTO run_version (run_key, direction, version_id, step) VALUES (?, ?, ?, ?)
ON CONFLICT (run_key, direction, version_id) DO UPDATE SET step = excluded.step
"""

USED, MADE = "used", "made"
"""The directions of versions."""

_TAG = LabelScope.TAG.value
_PARAM = LabelScope.PARAM.value


def next_number(cursor: Cursor) -> int:
    """Take a number for a run or a dataset; whoever else wants one waits for the end of the transaction."""
    return take_numbers(cursor, "run")


def put_entries(cursor: Cursor, run_key: int, experiment_id: int, entries: RunChange) -> None:
    """Write what a change brings. Raises `NotFound` and `InvalidInput`."""
    _keep_params(cursor, run_key, entries.params)
    _put_tags(cursor, run_key, entries.tags)
    _put_metrics(cursor, run_key, entries.metrics)
    for dataset_input in sorted(entries.datasets, key=lambda each: (each.dataset.name, each.dataset.digest)):
        _put_dataset(cursor, run_key, experiment_id, dataset_input)
    versions = [(run_key, USED, storable(version_id), 0) for version_id in entries.versions_used]
    versions += [(run_key, MADE, storable(made.version_id), made.step) for made in entries.versions_made]
    for row in sorted(versions):
        cursor.execute(_PUT_VERSION, row)


# Rows are written in the order of their keys, so that two writers of one run never wait for each other in a circle.


def _keep_params(cursor: Cursor, run_key: int, params: Mapping[str, str]) -> None:
    for key, value in sorted(params.items()):
        cursor.execute(_KEEP_LABEL, (run_key, _PARAM, storable(key), storable(value)))
        kept = str(cursor.rows()[0][0])
        if kept != storable(value):
            raise InvalidInput(
                "a parameter keeps the value that it was logged with first; log the other value under another name",
                key=key[:80],
                kept=kept[:80],
            )


def _put_tags(cursor: Cursor, run_key: int, tags: Mapping[str, str | None]) -> None:
    for key, value in sorted(tags.items(), key=lambda item: item[0]):
        if value is not None:
            cursor.execute(_PUT_LABEL, (run_key, _TAG, storable(key), storable(value)))
            continue
        cursor.execute(_DELETE_LABEL, (run_key, _TAG, storable(key)))
        if not cursor.rows():
            raise NotFound("the run has no such tag", key=key[:80])


def _put_metrics(cursor: Cursor, run_key: int, metrics: Sequence[Metric]) -> None:
    points = sorted({_point(metric) for metric in metrics})
    cursor.execute_many(_ADD_POINT, [(run_key, *point) for point in points])
    latest: dict[str, tuple[str, int, int, float, bool]] = {}
    for point in points:
        kept = latest.get(point[0])
        if kept is None or _rank(point) > _rank(kept):
            latest[point[0]] = point
    for point in latest.values():
        cursor.execute(_RAISE_LATEST, (run_key, *point))
    for metric in sorted(metrics, key=_point):
        if metric.version_id is not None:
            key, *values = _point(metric)
            place = (storable(metric.version_id), key, run_key, *values)
            cursor.execute(_ADD_VERSION_POINT, (*place, _text(metric.dataset_name), _text(metric.dataset_digest)))


def _point(metric: Metric) -> tuple[str, int, int, float, bool]:
    """Write a point as the columns have it: no database keeps NaN as it keeps other numbers."""
    value = 0.0 if metric.is_nan else metric.value
    return (storable(metric.key), metric.time_ms, metric.step, value, metric.is_nan)


def _rank(point: tuple[str, int, int, float, bool]) -> tuple[int, int, float]:
    _, time_ms, step, value, _ = point
    return (step, time_ms, value)


def _put_dataset(cursor: Cursor, run_key: int, experiment_id: int, dataset_input: DatasetInput) -> None:
    dataset = dataset_input.dataset
    place = (experiment_id, storable(dataset.name), storable(dataset.digest))
    cursor.execute(_FIND_DATASET, place)
    found = cursor.rows()
    if not found:
        about = (storable(dataset.source_type), storable(dataset.source), _text(dataset.schema), _text(dataset.profile))
        cursor.execute(_ADD_DATASET, (next_number(cursor), *place, *about))
        cursor.execute(_FIND_DATASET, place)  # another writer may have been quicker while we waited for the number
        found = cursor.rows()
    context = dataset_input.tags.get(names.DATASET_CONTEXT)
    tags = msgspec.json.encode(dataset_input.tags).decode()
    cursor.execute(_PUT_INPUT, (run_key, found[0][0], _text(context), storable(tags)))


def _text(value: str | None) -> str | None:
    return None if value is None else storable(value)
