"""The filter and the order of runs: the language of traces with the names that runs have."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial

from trilha import names

from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    LabelScope,
    OrderTerm,
)
from trilha_server.domain.run import DatasetInput, Run
from trilha_server.search.compare import compare_number, compare_text, compare_texts
from trilha_server.search.fields import (
    ATTRIBUTE_PREFIXES,
    TAG_PREFIXES,
    KeyReader,
    Vocabulary,
    did_you_mean,
    label_reader,
)
from trilha_server.search.order import parse_order_with
from trilha_server.search.parse import parse_with
from trilha_server.search.syntax import shown
from trilha_server.search.trees import holds_by

_DATASET_PARTS = ("name", "digest", "context")


def _dataset_part(rest: list[str], position: int) -> LabelField:
    part = ".".join(rest)
    if part not in _DATASET_PARTS:
        valid = ", ".join(f"datasets.{known}" for known in _DATASET_PARTS)
        hint = did_you_mean(part, _DATASET_PARTS)
        raise InvalidFilter(f"unknown part of a dataset '{shown(part)}'{hint}; parts are {valid}", position=position)
    return LabelField(LabelScope.DATASET, part)


_KEYS: dict[str, KeyReader] = {
    **dict.fromkeys(("metrics", "metric"), label_reader(LabelScope.METRIC)),
    **dict.fromkeys(("params", "param", "parameters", "parameter"), label_reader(LabelScope.PARAM)),
    **dict.fromkeys(TAG_PREFIXES, label_reader(LabelScope.TAG)),
    **dict.fromkeys(("datasets", "dataset"), _dataset_part),
}

RUN_VOCABULARY = Vocabulary(
    attributes={
        "run_id": Attribute.RUN_ID,
        "run_name": Attribute.NAME,
        "status": Attribute.STATUS,
        "user_id": Attribute.USER,
        "start_time": Attribute.TIMESTAMP_MS,
        "end_time": Attribute.END_TIME_MS,
        "experiment_id": Attribute.EXPERIMENT_ID,
        # as MLflow's pages write them
        "created": Attribute.TIMESTAMP_MS,
        "Created": Attribute.TIMESTAMP_MS,
        "run name": Attribute.NAME,
        "Run name": Attribute.NAME,
        "Run Name": Attribute.NAME,
    },
    attribute_prefixes=("attr", "run", *ATTRIBUTE_PREFIXES),
    keys=_KEYS,
)
"""The names that runs are found by. Times take the places of a trace's times."""

NEWEST_RUNS_FIRST = (OrderTerm(AttributeField(Attribute.TIMESTAMP_MS), descending=True),)


@lru_cache(maxsize=256)
def parse_run_filter(text: str) -> Filter | None:
    """Read a filter of runs; `None` for a blank one. Raises `InvalidFilter`."""
    return parse_with(RUN_VOCABULARY, text)


def parse_run_order(terms: Sequence[str]) -> tuple[OrderTerm, ...]:
    """Read the terms of an order of runs; without any, the newest first. Raises `InvalidFilter`."""
    return parse_order_with(RUN_VOCABULARY, terms) or NEWEST_RUNS_FIRST


def matches_run(tree: Filter, run: Run) -> bool:
    """Say whether a run is one of those that a filter asks for."""
    return holds_by(tree, partial(_compared, run))


_TEXTS: Mapping[Attribute, Callable[[Run], str]] = {
    Attribute.RUN_ID: lambda run: run.run_id,
    Attribute.NAME: lambda run: run.name,
    Attribute.STATUS: lambda run: run.status.value,
    Attribute.USER: lambda run: run.user,
    Attribute.EXPERIMENT_ID: lambda run: str(run.experiment_id),
}
_TIMES: Mapping[Attribute, Callable[[Run], int | None]] = {
    Attribute.TIMESTAMP_MS: lambda run: run.start_time_ms,
    Attribute.END_TIME_MS: lambda run: run.end_time_ms,
}


def _compared(run: Run, comparison: Comparison) -> bool:
    match comparison.field:
        case AttributeField(attribute=attribute) if attribute in _TEXTS:
            return compare_text(comparison, _TEXTS[attribute](run))
        case AttributeField(attribute=attribute) if attribute in _TIMES:
            return compare_number(comparison, _TIMES[attribute](run))
        case LabelField(scope=LabelScope.PARAM, key=key):
            return compare_text(comparison, run.params.get(key))
        case LabelField(scope=LabelScope.TAG, key=key):
            return compare_text(comparison, run.tags.get(key))
        case LabelField(scope=LabelScope.METRIC, key=key):
            return compare_number(comparison, next((each.value for each in run.metrics if each.key == key), None))
        case LabelField(scope=LabelScope.DATASET, key=part):
            return _compared_datasets(comparison, part, run.datasets)
        case _:
            raise TypeError("not a field of runs")


def _compared_datasets(comparison: Comparison, part: str, inputs: Sequence[DatasetInput]) -> bool:
    match part:
        case "name":
            texts = [each.dataset.name for each in inputs]
        case "digest":
            texts = [each.dataset.digest for each in inputs]
        case _:
            texts = [each.tags[names.DATASET_CONTEXT] for each in inputs if names.DATASET_CONTEXT in each.tags]
    return compare_texts(comparison, texts)
