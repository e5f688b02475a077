"""Finds versions: SQL narrows them down in the order asked for, and where it cannot decide, the filter itself does."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from trilha_server.domain.filter import Attribute, AttributeField, Comparison, LabelField, LabelScope, Operator
from trilha_server.domain.version import DatasetKey, VersionOrderTerm, VersionStatus
from trilha_server.ports import VersionPage, VersionQuery
from trilha_server.search.compare import compare_text
from trilha_server.search.versions import (
    CREATED,
    KIND,
    NEWEST_VERSIONS_FIRST,
    UPDATED,
    matches_version,
    mentions_metrics,
)
from trilha_server.storage import keyset
from trilha_server.storage.bounds import Bounds, exactly, number_condition, text_bounds
from trilha_server.storage.conditions import Condition, compiled
from trilha_server.storage.database import Database
from trilha_server.storage.labels import storable
from trilha_server.storage.places import PlaceKind, read_place, write_place
from trilha_server.storage.schema import version, version_label, version_metric
from trilha_server.storage.version_rows import NEWEST_POINT_FIRST, read_versions

_TEXTS: dict[Attribute, ColumnElement[Any]] = {
    Attribute.NAME: version.c.name,
    Attribute.MODEL_ID: version.c.version_id,
    KIND: version.c.kind,
    Attribute.STATUS: version.c.status,
    Attribute.RUN_ID: version.c.source_run_id,
    Attribute.EXPERIMENT_ID: cast(version.c.experiment_id, Text),
}
_TIMES: dict[Attribute, ColumnElement[Any]] = {
    CREATED: version.c.create_time_ms,
    UPDATED: version.c.update_time_ms,
}


class VersionSearch:
    """Searches the versions of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: VersionQuery) -> VersionPage:
        """Read one page. Raises `InvalidInput` on a page token that is not ours."""
        sorting, kinds = _sorting(query.order or NEWEST_VERSIONS_FIRST)
        place = None if query.page_token is None else read_place(query.page_token, kinds)
        condition = self._condition(query)
        wanted = select(version, *keyset.columns(sorting)).order_by(*keyset.sorted_by(sorting))
        wanted = wanted.where(version.c.is_deleted.is_(False), self._in_experiments(query))
        if condition.sql is not None:
            wanted = wanted.where(condition.sql)
        tree, enough = None if condition.exact else query.filter, query.limit + 1
        with self._database.querying() as connection:
            found = keyset.first_fitting(
                partial(read_versions, connection),
                wanted,
                sorting,
                place,
                lambda each: tree is None or matches_version(tree, each, query.datasets),
                wanted=enough,
                batch=enough,
            )
        is_last = len(found) <= query.limit
        page = found[: query.limit]
        token = None if is_last else write_place(keyset.place_of(page[-1][0], sorting), kinds)
        return VersionPage([item for _, item in page], token)

    def _in_experiments(self, query: VersionQuery) -> ColumnElement[bool]:
        if len(query.experiment_ids) == 1:  # a walk along the index by time
            return version.c.experiment_id == query.experiment_ids[0]
        return keyset.one_of(version.c.experiment_id, query.experiment_ids, is_sqlite=self._database.is_sqlite)

    def _condition(self, query: VersionQuery) -> Condition:
        parts = Condition(None, True)
        if query.filter is not None:
            parts = compiled(query.filter, lambda term: self._bounds(term, query.datasets))
        if not query.datasets or mentions_metrics(query.filter):
            return parts
        measured = and_(version_metric.c.version_id == version.c.version_id, _is_on(query.datasets))
        some = exists(select(literal(1)).select_from(version_metric).where(measured).correlate(version))
        return Condition(some if parts.sql is None else and_(some, parts.sql), parts.exact)

    def _bounds(self, term: Comparison, datasets: Sequence[DatasetKey]) -> Bounds:
        match term.field:
            case AttributeField(attribute=Attribute.STATUS):
                fitting = [status.value for status in VersionStatus if compare_text(term, status.value)]
                return exactly(version.c.status.in_(fitting))
            case AttributeField(attribute=attribute) if attribute in _TIMES:
                return exactly(number_condition(_TIMES[attribute], term))
            case AttributeField(attribute=attribute) if attribute in _TEXTS:
                return self._text(_TEXTS[attribute], term)
            case LabelField(scope=LabelScope.METRIC, key=key):
                return _metric(key, datasets, term)
            case LabelField() as field:
                return self._text(_label(field), term)
            case _:
                raise TypeError("not a field of versions")

    def _text(self, column: ColumnElement[Any], term: Comparison) -> Bounds:
        bounds = text_bounds(column, term, is_sqlite=self._database.is_sqlite, may_be_cut=False, stored=storable)
        return Bounds(_known(bounds.maybe), _known(bounds.surely), bounds.exact)


def _label(field: LabelField) -> ColumnElement[Any]:
    """Read a tag or a parameter of a version at hand: one look into the index."""
    is_named = and_(
        version_label.c.version_key == version.c.key,
        version_label.c.scope == field.scope.value,
        version_label.c.key == storable(field.key),
    )
    return select(version_label.c.value).where(is_named).correlate(version).scalar_subquery()


def _newest(column: ColumnElement[Any], key: str, datasets: Sequence[DatasetKey]) -> ColumnElement[Any]:
    """Read a column of the newest point of a metric of a version at hand."""
    is_named = and_(
        version_metric.c.version_id == version.c.version_id,
        version_metric.c.key == storable(key),
        _is_on(datasets) if datasets else true(),
    )
    newest = select(column).where(is_named).order_by(*NEWEST_POINT_FIRST).limit(1)
    return newest.correlate(version).scalar_subquery()


def _is_on(datasets: Sequence[DatasetKey]) -> ColumnElement[bool]:
    options = [
        and_(
            version_metric.c.dataset_name == storable(dataset.name),
            true() if dataset.digest is None else version_metric.c.dataset_digest == storable(dataset.digest),
        )
        for dataset in datasets
    ]
    return or_(*options)


def _metric(key: str, datasets: Sequence[DatasetKey], term: Comparison) -> Bounds:
    value = _newest(version_metric.c.value, key, datasets)
    holds = number_condition(value, term)
    if term.operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return exactly(holds)
    # What is no number differs from every number, and is neither above nor below any.
    is_nan = _newest(version_metric.c.is_nan, key, datasets)
    return exactly(_known(or_(is_nan, holds) if term.operator is Operator.NE else and_(not_(is_nan), holds)))


def _known(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Take a comparison with what is missing for false, so that its opposite is true."""
    return func.coalesce(condition, false())


def _sorting(order: Sequence[VersionOrderTerm]) -> tuple[keyset.Sorting, list[PlaceKind]]:
    """Name what an order sorts by, and what those columns hold."""
    sorting: list[tuple[ColumnElement[Any], bool]] = []
    kinds: list[PlaceKind] = []
    for term in order:
        match term.field:
            case AttributeField(attribute=attribute):
                sorting.append(((_TIMES | _TEXTS)[attribute], term.descending))
                kinds.append(int if attribute in _TIMES else str)
            case LabelField(scope=LabelScope.METRIC, key=key):
                datasets = () if term.dataset is None else (term.dataset,)
                is_nan = _newest(version_metric.c.is_nan, key, datasets)
                # Numbers first, then what is no number, then versions without the metric.
                rank = case((is_nan, 1), (is_nan.is_(None), 2), else_=0)
                sorting += [(rank, False), (_newest(version_metric.c.value, key, datasets), term.descending)]
                kinds += [int, float]
            case field:
                sorting.append((_label(field), term.descending))
                kinds.append(str)
    return [*sorting, (version.c.create_time_ms, True), (version.c.key, True)], [*kinds, int, int]
