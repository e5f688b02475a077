"""The filter and the order of versions: the language of traces with the names that MLflow's logged models have."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

import msgspec

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    LabelScope,
)
from trilha_server.domain.version import DatasetKey, Version, VersionMetric, VersionOrderTerm
from trilha_server.search.fields import ATTRIBUTE_PREFIXES, TAG_PREFIXES, Vocabulary, label_reader
from trilha_server.search.in_memory import FieldValue, NamedField, holds
from trilha_server.search.order import MAX_TERMS
from trilha_server.search.parse import parse_with
from trilha_server.search.syntax import segments, shown
from trilha_server.search.trees import comparisons, with_comparisons

# Versions have times where traces have times, and a kind where traces have a version.
CREATED = Attribute.TIMESTAMP_MS
UPDATED = Attribute.END_TIME_MS
KIND = Attribute.VERSION

VERSION_VOCABULARY = Vocabulary(
    attributes={
        "name": Attribute.NAME,
        "model_id": Attribute.MODEL_ID,
        "model_type": KIND,
        "status": Attribute.STATUS,
        "source_run_id": Attribute.RUN_ID,
        "experiment_id": Attribute.EXPERIMENT_ID,
        "creation_timestamp": CREATED,
        "creation_time": CREATED,
        "last_updated_timestamp": UPDATED,
        "last_updated_time": UPDATED,
    },
    attribute_prefixes=("model", *ATTRIBUTE_PREFIXES),
    keys={
        **dict.fromkeys(("metrics", "metric"), label_reader(LabelScope.METRIC)),
        **dict.fromkeys(("params", "param"), label_reader(LabelScope.PARAM)),
        **dict.fromkeys(TAG_PREFIXES, label_reader(LabelScope.TAG)),
    },
)
"""The names that versions are found by."""

NEWEST_VERSIONS_FIRST = (VersionOrderTerm(AttributeField(CREATED), descending=True),)

_SHORT_STATUSES = {
    "LOGGED_MODEL_PENDING": "PENDING",
    "LOGGED_MODEL_READY": "READY",
    "LOGGED_MODEL_UPLOAD_FAILED": "FAILED",
}


class OrderText(msgspec.Struct, frozen=True):
    """One term of an order as a client writes it."""

    field: str
    descending: bool = False
    dataset: DatasetKey | None = None


@lru_cache(maxsize=256)
def parse_version_filter(text: str) -> Filter | None:
    """Read a filter of versions; `None` for a blank one. A status may have MLflow's prefix. Raises `InvalidFilter`."""
    tree = parse_with(VERSION_VOCABULARY, text)
    return None if tree is None else with_comparisons(tree, _with_short_status)


def parse_version_order(terms: Sequence[OrderText]) -> tuple[VersionOrderTerm, ...]:
    """Read the terms of an order of versions; without any, the newest first. Raises `InvalidFilter`."""
    if len(terms) > MAX_TERMS:
        raise InvalidFilter(f"an order has at most {MAX_TERMS} terms; leave some out")
    return tuple(map(_order_term, terms)) or NEWEST_VERSIONS_FIRST


def matches_version(tree: Filter, version: Version, datasets: Sequence[DatasetKey] = ()) -> bool:
    """Say whether a version is one of those that a filter asks for."""
    return holds(tree, partial(_value, version, datasets))


def newest_metric(version: Version, key: str, datasets: Sequence[DatasetKey]) -> VersionMetric | None:
    """Find the newest point of a metric, on some datasets or, where none are named, on any."""
    measured = [metric for metric in version.metrics if metric.key == key and is_on(metric, datasets)]
    return max(measured, key=lambda metric: metric.rank, default=None)


def is_on(metric: VersionMetric, datasets: Sequence[DatasetKey]) -> bool:
    """Say whether a metric was measured on one of some datasets; where none are named, it is."""
    return not datasets or any(
        metric.dataset_name == dataset.name and dataset.digest in (None, metric.dataset_digest) for dataset in datasets
    )


def mentions_metrics(tree: Filter | None) -> bool:
    """Say whether a filter compares a metric anywhere."""
    return any(_is_metric(comparison.field) for comparison in comparisons(tree))


def _is_metric(field: FilterField) -> bool:
    return isinstance(field, LabelField) and field.scope is LabelScope.METRIC


def _order_term(text: OrderText) -> VersionOrderTerm:
    path = text.field.strip()
    if not segments(path):
        raise InvalidFilter("the order names no field; write one such as creation_time", position=0)
    field = VERSION_VOCABULARY.field(path, 0)
    if not isinstance(field, AttributeField | LabelField):
        raise InvalidFilter(f"cannot order by '{shown(text.field)}'", position=0)
    if text.dataset is not None and not _is_metric(field):
        raise InvalidFilter(f"'{shown(text.field)}' is not measured on a dataset; only metrics are", position=0)
    return VersionOrderTerm(field, text.descending, text.dataset)


def _with_short_status(comparison: Comparison) -> Comparison:
    match comparison:
        case Comparison(field=AttributeField(attribute=Attribute.STATUS), value=str() as value):
            return msgspec.structs.replace(comparison, value=_SHORT_STATUSES.get(value, value))
        case Comparison(field=AttributeField(attribute=Attribute.STATUS), value=tuple() as values):
            short = tuple(_SHORT_STATUSES.get(value, value) for value in values)
            return msgspec.structs.replace(comparison, value=short)
        case _:
            return comparison


def _value(version: Version, datasets: Sequence[DatasetKey], field: NamedField) -> FieldValue:
    match field:
        case AttributeField(attribute=attribute):
            return _ATTRIBUTES[attribute](version)
        case LabelField(scope=LabelScope.METRIC, key=key):
            metric = newest_metric(version, key, datasets)
            return None if metric is None else metric.value
        case LabelField(scope=LabelScope.PARAM, key=key):
            return version.params.get(key)
        case LabelField(key=key):
            return version.tags.get(key)


_ATTRIBUTES: Mapping[Attribute, Callable[[Version], FieldValue]] = {
    Attribute.NAME: lambda version: version.name,
    Attribute.MODEL_ID: lambda version: version.version_id,
    KIND: lambda version: version.kind,
    Attribute.STATUS: lambda version: version.status.value,
    Attribute.RUN_ID: lambda version: version.source_run_id,
    Attribute.EXPERIMENT_ID: lambda version: str(version.experiment_id),
    CREATED: lambda version: version.create_time_ms,
    UPDATED: lambda version: version.update_time_ms,
}
