"""Finds runs: SQL narrows them down in the order asked for, and where it cannot decide, the filter itself does."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    false,
    or_,
    select,
)

from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    LabelField,
    LabelScope,
    OrderTerm,
)
from trilha_server.ports import RunPage, RunQuery
from trilha_server.search.runs import NEWEST_RUNS_FIRST, matches_run
from trilha_server.storage import keyset
from trilha_server.storage.conditions import Condition
from trilha_server.storage.database import Database
from trilha_server.storage.labels import storable
from trilha_server.storage.places import PlaceKind, read_place, write_place
from trilha_server.storage.run_filter import RUN_TEXTS, RUN_TIMES, RunFilter
from trilha_server.storage.run_rows import read_runs
from trilha_server.storage.schema import experiment, run, run_label, run_metric

_SORTED = {**RUN_TEXTS, **RUN_TIMES, Attribute.EXPERIMENT_ID: run.c.experiment_id}
_WHOLE_NUMBERS = frozenset({*RUN_TIMES, Attribute.EXPERIMENT_ID})
_UNSURE_BATCH = 200  # where the filter has the last word, a page may need many more rows than it has


class RunSearch:
    """Searches the runs of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: RunQuery) -> RunPage:
        """Read one page. Raises `InvalidInput` on a page token that is not ours."""
        order = query.order or NEWEST_RUNS_FIRST
        source, sorting = _sorting(order)
        place = None if query.page_token is None else read_place(query.page_token, _kinds(order))
        wanted = select(run, *keyset.columns(sorting)).select_from(source).order_by(*keyset.sorted_by(sorting))
        with self._database.querying() as connection:
            in_view = self._in_view(connection, query)
            condition = self._condition(connection, query, in_view)
            wanted = wanted.where(in_view) if condition.sql is None else wanted.where(in_view, condition.sql)
            tree, enough = None if condition.exact else query.filter, query.limit + 1
            found = keyset.first_fitting(
                partial(read_runs, connection),
                wanted,
                sorting,
                place,
                lambda each: tree is None or matches_run(tree, each),
                wanted=enough,
                batch=enough if condition.exact else max(enough, _UNSURE_BATCH),
            )
        is_last = len(found) <= query.limit
        page = found[: query.limit]
        token = None if is_last else write_place(keyset.place_of(page[-1][0], sorting), _kinds(order))
        return RunPage([item for _, item in page], token)

    def _condition(self, connection: Connection, query: RunQuery, in_view: ColumnElement[bool]) -> Condition:
        if query.filter is None:
            return Condition(None, True)
        return RunFilter(connection, in_view, is_sqlite=self._database.is_sqlite).condition(query.filter)

    def _in_view(self, connection: Connection, query: RunQuery) -> ColumnElement[bool]:
        """Ask for the stage that runs are in, by themselves or with their experiment."""
        is_asked = keyset.one_of(experiment.c.id, sorted(set(query.experiment_ids)), is_sqlite=self._database.is_sqlite)
        stages = connection.execute(select(experiment.c.id, experiment.c.stage).where(is_asked)).all()
        active = [number for number, stage in stages if stage == LifecycleStage.ACTIVE.value]
        deleted = [number for number, stage in stages if stage != LifecycleStage.ACTIVE.value]
        views: list[ColumnElement[bool]] = [false()]
        if active:
            wanted = [stage.value for stage in query.stages]
            views.append(and_(self._in_experiments(active), run.c.stage.in_(wanted)))
        if deleted and LifecycleStage.DELETED in query.stages:
            views.append(self._in_experiments(deleted))
        return or_(*views)

    def _in_experiments(self, numbers: list[int]) -> ColumnElement[bool]:
        if len(numbers) == 1:  # a walk along the index by time
            return run.c.experiment_id == numbers[0]
        return keyset.one_of(run.c.experiment_id, numbers, is_sqlite=self._database.is_sqlite)


def _sorting(order: Sequence[OrderTerm]) -> tuple[Any, keyset.Sorting]:
    """Name what an order sorts by, and the tables that are needed for it."""
    source: Any = run  # Any: a table, and then joins of it
    sorting: list[tuple[ColumnElement[Any], bool]] = []
    for number, term in enumerate(order):
        match term.field:
            case AttributeField(attribute=attribute):
                sorting.append((_SORTED[attribute], term.descending))
            case LabelField(scope=LabelScope.METRIC, key=key):
                other = run_metric.alias(f"order_{number}")
                is_named = and_(other.c.run_key == run.c.key, other.c.key == storable(key))
                source = source.outerjoin(other, is_named)
                # Numbers first, then what is no number, then runs without the metric.
                rank = case((other.c.is_nan, 1), (other.c.run_key.is_(None), 2), else_=0)
                sorting += [(rank, False), (other.c.value, term.descending)]
            case LabelField(scope=scope, key=key):
                other = run_label.alias(f"order_{number}")
                is_named = and_(
                    other.c.run_key == run.c.key, other.c.scope == scope.value, other.c.key == storable(key)
                )
                source = source.outerjoin(other, is_named)
                sorting.append((other.c.value, term.descending))
    return source, [*sorting, (run.c.start_time_ms, True), (run.c.key, True)]


def _kinds(order: Sequence[OrderTerm]) -> list[PlaceKind]:
    """Say what the sorted columns hold."""
    kinds: list[PlaceKind] = []
    for term in order:
        match term.field:
            case AttributeField(attribute=attribute):
                kinds.append(int if attribute in _WHOLE_NUMBERS else str)
            case LabelField(scope=LabelScope.METRIC):
                kinds += [int, float]
            case _:
                kinds.append(str)
    return [*kinds, int, int]
