"""Filters of runs to SQL conditions."""

from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
)

from trilha_server.domain.filter import Attribute, AttributeField, Comparison, Filter, LabelField, LabelScope, Operator
from trilha_server.search.patterns import rlike
from trilha_server.storage.bounds import Bounds, exactly, number_condition, text_bounds
from trilha_server.storage.conditions import Condition, compiled
from trilha_server.storage.labels import storable
from trilha_server.storage.schema import dataset, run, run_dataset, run_label, run_metric

RUN_TEXTS: dict[Attribute, ColumnElement[Any]] = {
    Attribute.RUN_ID: run.c.run_id,
    Attribute.NAME: run.c.name,
    Attribute.STATUS: run.c.status,
    Attribute.USER: run.c.user_name,
    Attribute.EXPERIMENT_ID: cast(run.c.experiment_id, Text),
}
RUN_TIMES: dict[Attribute, ColumnElement[Any]] = {
    Attribute.TIMESTAMP_MS: run.c.start_time_ms,
    Attribute.END_TIME_MS: run.c.end_time_ms,
}
_DATASET_PARTS: dict[str, ColumnElement[Any]] = {
    "name": dataset.c.name,
    "digest": dataset.c.digest,
    "context": run_dataset.c.context,
}

_OPPOSITES = {Operator.NE: Operator.EQ, Operator.NOT_IN: Operator.IN}


class RunFilter:
    """Compiles the filter of one search."""

    def __init__(self, connection: Connection, in_view: ColumnElement[bool], *, is_sqlite: bool) -> None:
        self._connection = connection
        self._in_view = in_view
        self._is_sqlite = is_sqlite

    def condition(self, tree: Filter) -> Condition:
        """Say a filter in SQL."""
        return compiled(tree, self._bounds)

    def _bounds(self, term: Comparison) -> Bounds:
        match term.field:
            case AttributeField(attribute=attribute) if attribute in RUN_TIMES:
                return exactly(number_condition(RUN_TIMES[attribute], term))
            case AttributeField(attribute=attribute) if attribute in RUN_TEXTS:
                column = RUN_TEXTS[attribute]
                return self._text(column, term, select(column))
            case LabelField(scope=LabelScope.METRIC, key=key):
                return _metric(key, term)
            case LabelField(scope=LabelScope.DATASET, key=part):
                return self._dataset(part, term)
            case LabelField(scope=scope, key=key):
                label = run_label.c
                is_named = and_(label.run_key == run.c.key, label.scope == scope.value, label.key == storable(key))
                values = select(label.value).join(run, is_named)
                return _of_some(run_label, is_named, term, self._text(label.value, term, values))
            case _:
                raise TypeError("not a field of runs")

    def _dataset(self, part: str, term: Comparison) -> Bounds:
        column = _DATASET_PARTS[part]
        inputs = run_dataset.join(dataset, dataset.c.id == run_dataset.c.dataset_id)
        is_there = and_(run_dataset.c.run_key == run.c.key, column.is_not(None))
        values = select(column).select_from(inputs.join(run, is_there))
        if term.operator not in _OPPOSITES:
            return _of_some(inputs, is_there, term, self._text(column, term, values))
        opposite = msgspec.structs.replace(term, operator=_OPPOSITES[term.operator])
        same = self._text(column, opposite, values).maybe
        return exactly(and_(_some(inputs, is_there), not_(_some(inputs, and_(is_there, same)))))

    def _text(self, column: ColumnElement[Any], term: Comparison, values: Select[Any]) -> Bounds:
        if term.operator is Operator.RLIKE and not self._is_sqlite:
            return exactly(self._fits(column, term, values))
        return text_bounds(column, term, is_sqlite=self._is_sqlite, may_be_cut=False, stored=storable)

    def _fits(self, column: ColumnElement[Any], term: Comparison, values: Select[Any]) -> ColumnElement[bool]:
        """Ask for the values that an expression fits; PostgreSQL's expressions are not RE2's, so we look for them."""
        assert isinstance(term.value, str)
        is_fit = rlike(term.value)
        there = self._connection.execute(values.where(self._in_view).distinct()).scalars()
        return column == func.any(bindparam(None, [value for value in there if is_fit(value)], ARRAY(Text)))


def _metric(key: str, term: Comparison) -> Bounds:
    metric = run_metric.c
    is_named = and_(metric.run_key == run.c.key, metric.key == storable(key))
    holds = number_condition(metric.value, term)
    # What is no number differs from every number, and is neither above nor below any.
    whole = or_(metric.is_nan, holds) if term.operator is Operator.NE else and_(not_(metric.is_nan), holds)
    return _of_some(run_metric, is_named, term, exactly(whole))


def _of_some(source: Any, is_named: ColumnElement[bool], term: Comparison, holds: Bounds) -> Bounds:
    """Ask of a run's own rows whether one fits; each is one look into their index."""
    match term.operator:
        case Operator.IS_NULL:
            return exactly(not_(_some(source, is_named)))
        case Operator.IS_NOT_NULL:
            return exactly(_some(source, is_named))
        case _:
            maybe = _some(source, and_(is_named, holds.maybe))
            return Bounds(maybe, _some(source, and_(is_named, holds.surely)), holds.exact)


def _some(source: Any, holds: ColumnElement[bool]) -> ColumnElement[bool]:
    """Look for one row of a run. PostgreSQL would join EXISTS to the runs, and think for minutes about many of them."""
    return select(literal(1)).select_from(source).where(holds).limit(1).correlate(run).scalar_subquery().is_not(None)
