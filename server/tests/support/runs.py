"""Builders of runs, and random runs and filters over the same few values, so that they often meet."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from trilha import names
from trilha_server.domain.filter import (
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    LabelField,
    LabelScope,
    Operator,
    OrderTerm,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.run import Dataset, DatasetInput, Metric, Run, RunStatus
from trilha_server.search.values import MATCHING, MEMBERSHIP, PRESENCE, ValueKind, rule_of

from server.tests.support.filters import EXPRESSIONS, PATTERNS, WORDS, filters_of
from server.tests.support.spans import NOW_MS

NAN = float("nan")
INFINITY = float("inf")

KEYS = ("a", "b c", "mlflow.source.name")
VALUES = tuple(word for word in WORDS if "\x00" not in word)  # what is kept has none
NUMBERS = (0.0, -1.0, 0.5, 1e300, INFINITY, -INFINITY, NAN)
FIELDS = (
    *(AttributeField(each) for each in (Attribute.RUN_ID, Attribute.NAME, Attribute.STATUS, Attribute.USER)),
    *(AttributeField(each) for each in (Attribute.EXPERIMENT_ID, Attribute.TIMESTAMP_MS, Attribute.END_TIME_MS)),
    *(LabelField(scope, key) for scope in (LabelScope.PARAM, LabelScope.TAG, LabelScope.METRIC) for key in KEYS),
)
DATASET_FIELDS = tuple(LabelField(LabelScope.DATASET, part) for part in ("name", "digest", "context"))


def a_run(number: int = 1, **fields: Any) -> Run:  # Any: what runs have
    """A run that has begun, one of the default experiment; its id is the number in 32 hex digits."""
    known: dict[str, Any] = {
        "run_id": run_id(number),
        "experiment_id": ExperimentId(0),
        "name": f"run {number}",
        "user": "ann",
        "status": RunStatus.RUNNING,
        "start_time_ms": NOW_MS + number,
    }
    return Run(**known | fields)


def run_id(number: int) -> str:
    return f"{number:032x}"


def a_metric(value: float, *, key: str = "m", step: int = 0, time_ms: int = NOW_MS, **fields: Any) -> Metric:
    return Metric(key=key, value=value, step=step, time_ms=time_ms, **fields)


def an_input(name: str = "train", digest: str = "d1", context: str | None = None, **fields: Any) -> DatasetInput:
    """Data from nowhere in particular."""
    dataset = Dataset(name=name, digest=digest, source_type="code", source="{}", **fields)
    return DatasetInput(dataset=dataset, tags={} if context is None else {names.DATASET_CONTEXT: context})


_values = st.sampled_from(VALUES)


@st.composite
def _runs(draw: st.DrawFn, number: int) -> Run:
    texts = st.dictionaries(st.sampled_from(KEYS), _values, max_size=2)
    metrics = draw(st.dictionaries(st.sampled_from(KEYS), st.sampled_from(NUMBERS), max_size=2))
    inputs = st.builds(an_input, _values, st.sampled_from(("d1", "d2")), st.none() | _values)
    return a_run(
        number,
        name=draw(_values),
        user=draw(_values),
        status=draw(st.sampled_from(RunStatus)),
        start_time_ms=NOW_MS + draw(st.sampled_from((0, 1, 1000))),
        end_time_ms=draw(st.sampled_from((None, NOW_MS + 3, NOW_MS + 1000))),
        params=draw(texts),
        tags=draw(texts),
        metrics=tuple(a_metric(value, key=key) for key, value in sorted(metrics.items())),
        datasets=tuple(draw(st.lists(inputs, max_size=2, unique_by=lambda each: each.dataset.name))),
    )


def random_runs() -> SearchStrategy[list[Run]]:
    return st.integers(1, 6).flatmap(lambda count: st.tuples(*(_runs(number) for number in range(count))).map(list))


@st.composite
def _comparisons(draw: st.DrawFn) -> Comparison:
    field = draw(st.sampled_from((*FIELDS, *DATASET_FIELDS)))
    rule = rule_of(field)
    operator = draw(st.sampled_from(rule.operators))
    value: Any
    if operator in PRESENCE:
        value = None
    elif operator in MEMBERSHIP:
        value = tuple(draw(st.lists(_values | st.just(run_id(1)), min_size=1, max_size=3)))
    elif operator in MATCHING:
        value = draw(st.sampled_from(EXPRESSIONS if operator is Operator.RLIKE else PATTERNS))
    elif rule.kind is ValueKind.TEXT:
        value = draw(_values | st.sampled_from(("FINISHED", run_id(1), "0")))
    else:
        value = draw(st.sampled_from((0, 0.5, -1, 1e300, NOW_MS, NOW_MS + 1, NOW_MS + 3)))
    return Comparison(field, operator, value)


def run_filters() -> SearchStrategy[Filter]:
    return filters_of(_comparisons(), max_leaves=6)


def run_orders() -> SearchStrategy[tuple[OrderTerm, ...]]:
    terms = st.builds(OrderTerm, st.sampled_from(FIELDS), st.booleans())
    return st.lists(terms, max_size=3, unique_by=lambda term: term.field).map(tuple)
