"""The filter and the order of runs."""

import pytest
from hypothesis import given
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import Attribute, AttributeField, Filter, LabelField, LabelScope, Not, OrderTerm
from trilha_server.domain.run import RunStatus
from trilha_server.search.runs import NEWEST_RUNS_FIRST, RUN_VOCABULARY, matches_run, parse_run_filter, parse_run_order

from server.tests.support.runs import DATASET_FIELDS, FIELDS, NAN, a_metric, a_run, an_input, run_filters
from server.tests.support.spans import NOW_MS

RUN = a_run(
    12,
    name="produção",
    status=RunStatus.FINISHED,
    end_time_ms=NOW_MS + 500,
    params={"a": "1", "learning rate": "0.1"},
    tags={"mlflow.source.name": "x.py"},
    metrics=(a_metric(0.5), a_metric(NAN, key="no number")),
    datasets=(an_input("train", context="training"), an_input("eval", "d2")),
)


def holds(text: str) -> bool:
    tree = parse_run_filter(text)
    assert tree is not None
    return matches_run(tree, RUN)


@pytest.mark.parametrize(
    "text",
    [
        "metrics.m > 0.1 and params.a = '1' AND tags.`mlflow.source.name` LIKE 'x%' and attributes.status = 'FINISHED'",
        "metric.m = 0.5",
        "metrics.`no number` != 0",
        "metrics.`no number` IS NOT NULL",
        "params.`learning rate` = '0.1'",
        "param.a = '1' OR parameter.a = '2' OR parameters.a = '3'",
        'params."learning rate" RLIKE "^0"',
        "tag.mlflow.source.name ILIKE 'X.%'",
        "tags.other IS NULL",
        f"run_id IN ('{RUN.run_id}', 'x')",
        "attribute.run_name = 'produção'",
        "attr.`Run name` = 'produção'",
        "run.status != 'FAILED'",
        "user_id = 'ann'",
        "experiment_id = '0'",
        f"attributes.start_time = {RUN.start_time_ms}",
        "attributes.created >= '2026-09-01' AND Created > 5",
        f"end_time <= {NOW_MS + 500}",
        "datasets.name = 'train' AND dataset.digest = 'd2'",
        "datasets.context = 'training'",
        "datasets.name NOT IN ('other')",
    ],
)
def test_a_run_is_found_by_what_it_has(text: str):
    assert holds(text)
    assert not holds(f"NOT ({text})")


@pytest.mark.parametrize(
    "text",
    [
        "metrics.m > 0.5",
        "metrics.`no number` >= 0",
        "metrics.none != 1",
        "params.none != '1'",
        "datasets.name != 'train'",
        "datasets.context IS NULL",
        "attributes.status = 'finished'",
    ],
)
def test_what_is_missing_or_differs_is_not_found(text: str):
    assert not holds(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("atributes.status = 'x'", "did you mean 'attributes'?"),
        ("attributes.strat_time > 5", "did you mean 'start_time'?"),
        ("metric > 5", "'metric' needs a key; write metric.<key>"),
        ("metrics.m > 'x'", "expected a number such as 250, found 'x'"),
        ("metrics.m LIKE 'x'", "operators of metrics.m are =, !=, >, >=, <, <=, IS NULL, IS NOT NULL"),
        ("params.a = 1", "expected a quoted value such as '1'"),
        ("params.a > '1'", "> cannot be used here"),
        ("datasets.nme = 'x'", "did you mean 'name'?); parts are datasets.name, datasets.digest, datasets.context"),
        ("metadata.k = 'x'", "unknown prefix 'metadata'"),
        ("trace.text LIKE 'x'", "unknown prefix 'trace'"),
        ("artifact_uri = 'x'", "unknown attribute 'artifact_uri'"),
    ],
)
def test_what_runs_do_not_have_is_refused(text: str, says: str):
    with pytest.raises(InvalidFilter) as caught:
        parse_run_filter(text)
    assert says in caught.value.text


def test_orders_are_read():
    assert parse_run_order([]) == NEWEST_RUNS_FIRST
    assert parse_run_order(["metrics.`a b` DESC", "params.p", "attributes.start_time asc"]) == (
        OrderTerm(LabelField(LabelScope.METRIC, "a b"), descending=True),
        OrderTerm(LabelField(LabelScope.PARAM, "p")),
        OrderTerm(AttributeField(Attribute.TIMESTAMP_MS)),
    )


@pytest.mark.parametrize("term", ["datasets.name", "bogus", "metrics", "metrics.m UP", ""])
def test_an_order_that_cannot_be_is_refused(term: str):
    with pytest.raises(InvalidFilter):
        parse_run_order([term])


def test_every_field_can_be_asked_for_and_compared():
    named = {RUN_VOCABULARY.field(name, 0) for name in RUN_VOCABULARY.attributes if " " not in name}
    assert named == {field for field in FIELDS if isinstance(field, AttributeField)}
    for field in (*FIELDS, *DATASET_FIELDS):
        text = (
            f"attributes.`{_first_name(field)}`"
            if isinstance(field, AttributeField)
            else f"{field.scope}.`{field.key}`"
        )
        assert RUN_VOCABULARY.field(text, 0) == field


@given(tree=run_filters())
def test_not_turns_every_filter_around(tree: Filter):
    for run in (RUN, a_run()):
        assert matches_run(Not(tree), run) is not matches_run(tree, run)


def _first_name(field: AttributeField) -> str:
    return next(name for name, attribute in RUN_VOCABULARY.attributes.items() if attribute is field.attribute)
