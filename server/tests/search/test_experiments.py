"""The filter and the order of experiments."""

import pytest
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import ExperimentId
from trilha_server.search.experiments import (
    matches_experiment,
    parse_experiment_filter,
    parse_experiment_order,
    sort_experiments,
)


def an_experiment(
    experiment_id: int = 1, name: str = "e", created_ms: int = 0, updated_ms: int = 0, **tags: str
) -> Experiment:
    return Experiment(
        experiment_id=ExperimentId(experiment_id),
        name=name,
        artifact_location=None,
        stage=LifecycleStage.ACTIVE,
        create_time_ms=created_ms,
        update_time_ms=updated_ms,
        tags=tags,
    )


EXPERIMENT = an_experiment(12, "/Shared/produção", 1795219200000, 1795219300000, team="core")


def holds(text: str) -> bool:
    tree = parse_experiment_filter(text)
    assert tree is not None
    return matches_experiment(tree, EXPERIMENT)


@pytest.mark.parametrize(
    "text",
    [
        "name = '/Shared/produção'",
        "attribute.name LIKE '/Shared/%'",
        "attributes.name ILIKE '%PRODUÇÃO'",
        "name != 'x'",
        "experiment_id = '12'",
        "experiment_id IN ('12', '13')",
        "creation_time = 1795219200000",
        "creation_time >= '2026-11-21'",
        "last_update_time > 1795219200000",
        "tags.team = 'core'",
        "tag.`team` LIKE 'co%'",
        "tags.other IS NULL",
        "name = 'x' OR NOT (tags.team = 'x' OR creation_time < 5)",
        "tags.team = 'core' name LIKE '/%'",
    ],
)
def test_an_experiment_is_found_by_what_it_has(text: str):
    assert holds(text)
    assert not holds(f"NOT ({text})")


@pytest.mark.parametrize("text", ["tags.other != 'x'", "name LIKE '/shared/%'", "last_update_time <= 1795219200000"])
def test_what_is_missing_or_differs_is_not_found(text: str):
    assert not holds(text)


def test_a_blank_filter_is_none():
    assert parse_experiment_filter(" ") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("status = 'OK'", "'status'; attributes are name, experiment_id, creation_time, last_update_time;"),
        ("creation_tme > 5", "did you mean 'creation_time'?"),
        ("trace.name = 'x'", "unknown prefix 'trace'"),
        ("metadata.k = 'x'", "unknown prefix 'metadata'"),
        ("timestamp_ms > 5", "unknown attribute 'timestamp_ms'"),
        ("creation_time LIKE '5'", "operators of creation_time are =, !=, >, >=, <, <="),
        ("tags.k > '5'", "> cannot be used here"),
        ("experiment_id = 12", "expected a quoted value such as '12'"),
        ("name = x", "put the value in quotes: 'x'"),
    ],
)  # fmt: skip
def test_what_experiments_do_not_have_is_refused(text: str, says: str):
    with pytest.raises(InvalidFilter) as caught:
        parse_experiment_filter(text)
    assert says in caught.value.text


OLD, NEW, TWIN = (
    an_experiment(1, "b", created_ms=10, updated_ms=40, team="x"),
    an_experiment(10, "a", created_ms=20, updated_ms=30),
    an_experiment(2, "c", created_ms=20, updated_ms=30, team="a"),
)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([], [TWIN, NEW, OLD]),
        (["creation_time"], [OLD, TWIN, NEW]),
        (["name ASC"], [NEW, OLD, TWIN]),
        (["attribute.name DESC"], [TWIN, OLD, NEW]),
        (["last_update_time", "name desc"], [TWIN, NEW, OLD]),
        (["experiment_id DESC"], [NEW, TWIN, OLD]),
        (["tags.team"], [TWIN, OLD, NEW]),
        (["tags.team DESC"], [OLD, TWIN, NEW]),
    ],
)
def test_experiments_are_put_in_order(terms: list[str], expected: list[Experiment]):
    assert sort_experiments([OLD, NEW, TWIN], parse_experiment_order(terms)) == expected


@pytest.mark.parametrize("term", ["timestamp_ms", "name UP", "bogus", ""])
def test_what_is_no_order_of_experiments_is_refused(term: str):
    with pytest.raises(InvalidFilter):
        parse_experiment_order([term])
