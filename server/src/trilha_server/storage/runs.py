"""Keeps runs."""

import math

from sqlalchemy import select, tuple_

from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound
from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.run import Metric, Run, RunChange, RunStatus
from trilha_server.ports import MetricPage, RunPage, RunQuery
from trilha_server.search.page_token import decode_page_token, encode_page_token
from trilha_server.storage.database import Cursor, Database
from trilha_server.storage.labels import storable
from trilha_server.storage.run_entries import next_number, put_entries
from trilha_server.storage.run_rows import read_metric, read_runs
from trilha_server.storage.run_search import RunSearch
from trilha_server.storage.schema import metric_point, run

_ADD = """
INSERT INTO run (key, run_id, experiment_id, name, user_name, status, stage, start_time_ms, end_time_ms)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id) DO NOTHING RETURNING key
"""
_PLACE = """
SELECT run.key, run.experiment_id, run.stage, experiment.stage FROM run
JOIN experiment ON experiment.id = run.experiment_id WHERE run.run_id = ?
"""
_RENAME = "UPDATE run SET name = ? WHERE key = ?"
_SET_STATUS = "UPDATE run SET status = ? WHERE key = ?"
_SET_END = "UPDATE run SET end_time_ms = ? WHERE key = ?"
_MOVE = "UPDATE run SET stage = ? WHERE run_id = ? RETURNING key"

_UNFINISHED = (RunStatus.RUNNING, RunStatus.SCHEDULED)


class SqlRuns:
    """Runs in a database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._search = RunSearch(database)

    def create_run(self, run: Run) -> None:
        """Keep a new one, with all that it has."""
        entries = RunChange(
            params=run.params,
            tags=run.tags,
            metrics=run.metrics,
            datasets=run.datasets,
            versions_used=run.versions_used,
            versions_made=run.versions_made,
        )
        with self._database.writing() as cursor:
            key = next_number(cursor)
            cursor.execute(_ADD, (key, *_columns(run)))
            if not cursor.rows():
                raise AlreadyExists("a run of this id exists", run_id=run.run_id[:80])
            put_entries(cursor, key, run.experiment_id, entries)

    def get_run(self, run_id: str) -> Run:
        """Read one, deleted or not."""
        with self._database.querying() as connection:
            found = read_runs(connection, select(run).where(run.c.run_id == storable(run_id)))
        if not found:
            raise _missing(run_id)
        return found[0][1]

    def change_run(self, run_id: str, change: RunChange) -> None:
        """Change one, all of it or nothing."""
        with self._database.writing() as cursor:
            cursor.execute(_PLACE, (storable(run_id),))
            rows = cursor.rows()
            if not rows:
                raise _missing(run_id)
            key, experiment_id, *stages = rows[0]
            if LifecycleStage.DELETED.value in stages:
                raise InvalidInput("the run is deleted: restore it, or its experiment", run_id=run_id[:80])
            _change_row(cursor, int(key), change)
            put_entries(cursor, int(key), int(experiment_id), change)

    def move_run(self, run_id: str, stage: LifecycleStage) -> None:
        """Put one away or bring it back."""
        with self._database.writing() as cursor:
            cursor.execute(_MOVE, (stage.value, storable(run_id)))
            if not cursor.rows():
                raise _missing(run_id)

    def search_runs(self, query: RunQuery) -> RunPage:
        """Find runs."""
        return self._search.page(query)

    def metric_history(self, run_id: str, key: str, limit: int, page_token: str | None = None) -> MetricPage:
        """Read the points of a metric by time, step and value."""
        point = metric_point.c
        place = (point.time_ms, point.step, point.value, point.is_nan)
        wanted = select(metric_point).join(run, run.c.key == point.run_key).order_by(*place).limit(limit + 1)
        wanted = wanted.where(run.c.run_id == storable(run_id), point.key == storable(key))
        if page_token is not None:
            wanted = wanted.where(tuple_(*place) > tuple_(*_read_place(page_token)))
        with self._database.querying() as connection:
            if connection.execute(select(run.c.key).where(run.c.run_id == storable(run_id))).first() is None:
                raise _missing(run_id)
            metrics = [read_metric(row) for row in connection.execute(wanted).mappings()]
        is_last = len(metrics) <= limit
        return MetricPage(metrics[:limit], None if is_last else _place(metrics[limit - 1]))


def _change_row(cursor: Cursor, key: int, change: RunChange) -> None:
    if change.name is not None:
        cursor.execute(_RENAME, (storable(change.name), key))
    if change.status is not None:
        cursor.execute(_SET_STATUS, (change.status.value, key))
    if change.end_time_ms is not None or change.status in _UNFINISHED:
        cursor.execute(_SET_END, (change.end_time_ms, key))


def _columns(item: Run) -> tuple[object, ...]:
    return (
        storable(item.run_id),
        item.experiment_id,
        storable(item.name),
        storable(item.user),
        item.status.value,
        item.stage.value,
        item.start_time_ms,
        item.end_time_ms,
    )


def _place(metric: Metric) -> str:
    # The value travels as text: JSON has no infinity.
    return encode_page_token([metric.time_ms, metric.step, metric.value.hex()])


def _read_place(page_token: str) -> tuple[object, ...]:
    match decode_page_token(page_token):
        case (int(time_ms), int(step), str(value)):
            number = _number(value)
            return (time_ms, step, 0.0, True) if number is None else (time_ms, step, number, False)
        case _:
            raise _other_history()


def _number(text: str) -> float | None:
    try:
        number = float.fromhex(text)
    except (ValueError, OverflowError):
        raise _other_history() from None
    return None if math.isnan(number) else number


def _other_history() -> InvalidInput:
    return InvalidInput("invalid page token: it belongs to another request")


def _missing(run_id: str) -> NotFound:
    return NotFound("there is no such run", run_id=run_id[:80])
