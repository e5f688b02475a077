"""Builders of versions, and random versions, filters and orders over the same few values, so that they often meet."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    LabelScope,
    Operator,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.run import Metric
from trilha_server.domain.version import DatasetKey, Version, VersionId, VersionOrderTerm, VersionStatus
from trilha_server.ports import Store
from trilha_server.search.values import MATCHING, MEMBERSHIP, PRESENCE, ValueKind, rule_of
from trilha_server.search.versions import CREATED, KIND, UPDATED

from server.tests.support.filters import EXPRESSIONS, PATTERNS, WORDS, filters_of
from server.tests.support.runs import NUMBERS, a_metric, a_run
from server.tests.support.spans import NOW_MS

KEYS = ("a", "b c", "mlflow.source.git.commit")
VALUES = tuple(word for word in WORDS if "\x00" not in word)  # what is kept has none
FIELDS: tuple[AttributeField | LabelField, ...] = (
    *(AttributeField(each) for each in (Attribute.NAME, Attribute.MODEL_ID, Attribute.STATUS, Attribute.RUN_ID)),
    *(AttributeField(each) for each in (Attribute.EXPERIMENT_ID, KIND, CREATED, UPDATED)),
    *(LabelField(scope, key) for scope in (LabelScope.PARAM, LabelScope.TAG, LabelScope.METRIC) for key in KEYS),
)
DATASETS = (DatasetKey("train", "d1"), DatasetKey("train", "d2"), DatasetKey("train"), DatasetKey("eval"))


class RandomVersion(msgspec.Struct, frozen=True):
    """A version, and what runs measure on it."""

    version: Version
    metrics: list[Metric]


def version_id(number: int) -> VersionId:
    return VersionId(f"m-{number:032x}")


def a_version(number: int = 1, **fields: Any) -> Version:  # Any: what versions have
    """A version of experiment 1 that nobody has finished; its id is the number in 32 hex digits."""
    known: dict[str, Any] = {
        "version_id": version_id(number),
        "experiment_id": ExperimentId(1),
        "name": "agent",
        "status": VersionStatus.PENDING,
        "create_time_ms": NOW_MS,
        "update_time_ms": NOW_MS,
    }
    return Version(**known | fields)


def measured(store: Store, number: int, *metrics: Metric) -> str:
    """Let a new run measure something; says which run."""
    run = a_run(number, metrics=metrics)
    store.runs.create_run(run)
    return run.run_id


_values = st.sampled_from(VALUES)


@st.composite
def _versions(draw: st.DrawFn, number: int) -> RandomVersion:
    texts = st.dictionaries(st.sampled_from(KEYS), _values, max_size=2)
    version = a_version(
        number,
        name=draw(_values),
        kind=draw(st.none() | _values),
        source_run_id=draw(st.none() | _values),
        status=draw(st.sampled_from(VersionStatus)),
        create_time_ms=NOW_MS + draw(st.sampled_from((0, 1, 1000))),
        update_time_ms=NOW_MS + draw(st.sampled_from((0, 3))),
        params=draw(texts),
        tags=draw(texts),
    )
    return RandomVersion(version, draw(st.lists(_metrics(), max_size=4)))


@st.composite
def _metrics(draw: st.DrawFn) -> Metric:
    dataset_name, dataset_digest = draw(st.sampled_from(((None, None), ("train", "d1"), ("train", "d2"), ("x", "d1"))))
    return a_metric(
        draw(st.sampled_from(NUMBERS)),
        key=draw(st.sampled_from(KEYS)),
        step=draw(st.integers(0, 1)),
        time_ms=NOW_MS + draw(st.integers(0, 1)),
        dataset_name=dataset_name,
        dataset_digest=dataset_digest,
    )


def random_versions() -> SearchStrategy[list[RandomVersion]]:
    return st.integers(1, 5).flatmap(lambda count: st.tuples(*(_versions(number) for number in range(count))).map(list))


@st.composite
def _comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(st.sampled_from(FIELDS))
    rule = rule_of(field)
    operator = draw(st.sampled_from(rule.operators))
    value: Any
    if operator in PRESENCE:
        value = None
    elif operator in MEMBERSHIP:
        value = tuple(draw(st.lists(_values | st.just("READY"), min_size=1, max_size=3)))
    elif operator in MATCHING:
        value = draw(st.sampled_from(EXPRESSIONS if operator is Operator.RLIKE else PATTERNS))
    elif rule.kind is ValueKind.TEXT:
        value = draw(_values | st.sampled_from(("READY", "FAILED")))
    else:
        value = draw(st.sampled_from((0, 0.5, -1, 1e300, NOW_MS, NOW_MS + 1, NOW_MS + 3)))
    return Comparison(field, operator, value)


def version_filters() -> SearchStrategy[Filter]:
    return filters_of(_comparisons(), max_leaves=6)


@st.composite
def _order_terms(draw: st.DrawFn) -> VersionOrderTerm:
    field = draw(st.sampled_from(FIELDS))
    is_metric = isinstance(field, LabelField) and field.scope is LabelScope.METRIC
    dataset = draw(st.none() | st.sampled_from(DATASETS)) if is_metric else None
    return VersionOrderTerm(field, draw(st.booleans()), dataset)


def version_orders() -> SearchStrategy[tuple[VersionOrderTerm, ...]]:
    return st.lists(_order_terms(), max_size=3).map(tuple)


def dataset_choices() -> SearchStrategy[tuple[DatasetKey, ...]]:
    return st.just(()) | st.lists(st.sampled_from(DATASETS), min_size=1, max_size=2, unique=True).map(tuple)
