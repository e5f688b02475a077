"""The filter and the order of versions."""

from typing import Any

import pytest
from trilha_server.domain.errors import InvalidFilter
from trilha_server.domain.filter import Attribute, AttributeField, Comparison, LabelField, LabelScope, Operator
from trilha_server.domain.version import DatasetKey, VersionMetric, VersionOrderTerm, VersionStatus
from trilha_server.search.versions import (
    CREATED,
    NEWEST_VERSIONS_FIRST,
    OrderText,
    is_on,
    matches_version,
    mentions_metrics,
    newest_metric,
    parse_version_filter,
    parse_version_order,
)

from server.tests.support.spans import NOW_MS
from server.tests.support.versions import a_version


def a_point(value: float, **fields: Any) -> VersionMetric:  # Any: what points have
    known: dict[str, Any] = {"key": "m", "value": value, "time_ms": NOW_MS, "step": 0, "run_id": "r1"}
    return VersionMetric(**known | fields)


def holds(text: str, **fields: Any) -> bool:  # Any: what versions have
    tree = parse_version_filter(text)
    assert tree is not None
    return matches_version(tree, a_version(**fields))


def test_a_blank_filter_is_none() -> None:
    assert parse_version_filter("  ") is None


@pytest.mark.parametrize(
    "name", ["creation_timestamp", "creation_time", "attributes.creation_time", "model.creation_time"]
)
def test_a_field_has_several_spellings(name: str) -> None:
    tree = parse_version_filter(f"{name} > 5")

    assert tree == Comparison(AttributeField(CREATED), Operator.GT, 5, 0)


@pytest.mark.parametrize(
    ("text", "status", "is_one"),
    [
        ("status = 'READY'", VersionStatus.READY, True),
        ("status = 'LOGGED_MODEL_READY'", VersionStatus.READY, True),
        ("status != 'LOGGED_MODEL_READY'", VersionStatus.READY, False),
        ("status IN ('x', 'LOGGED_MODEL_UPLOAD_FAILED')", VersionStatus.FAILED, True),
        ("NOT (status = 'LOGGED_MODEL_PENDING' OR status = 'READY')", VersionStatus.FAILED, True),
        ("NOT (status = 'LOGGED_MODEL_PENDING' OR status = 'READY')", VersionStatus.PENDING, False),
        ("name = 'agent' AND status NOT IN ('LOGGED_MODEL_PENDING')", VersionStatus.PENDING, False),
    ],
)
def test_a_status_is_found_with_mlflows_prefix_and_without(text: str, status: VersionStatus, is_one: bool) -> None:
    assert holds(text, status=status) is is_one


def test_only_a_status_loses_the_prefix() -> None:
    assert not holds("name = 'LOGGED_MODEL_READY'", name="READY")
    assert not holds("tags.a = 'LOGGED_MODEL_READY'", tags={"a": "READY"})


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("bogus = 'x'", 0),
        ("name = 'a' AND metadata.x = 'y'", 15),
        ("metrics.a = 'high'", 12),
        ("metrics.a LIKE '1%'", 10),
        ("span.name = 'x'", 0),
        ("creation_time = 'yesterday'", 16),
    ],
)
def test_what_versions_do_not_have_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse_version_filter(text)

    assert refused.value.position == position


def test_an_order_without_terms_is_the_newest_first() -> None:
    assert parse_version_order([]) == NEWEST_VERSIONS_FIRST


def test_keys_in_an_order_need_no_quotes() -> None:
    eval_set = DatasetKey("eval")
    terms = [OrderText("metrics.f1 @ 5", dataset=eval_set), OrderText(" tags.`a b`", descending=True)]

    assert parse_version_order(terms) == (
        VersionOrderTerm(LabelField(LabelScope.METRIC, "f1 @ 5"), dataset=eval_set),
        VersionOrderTerm(LabelField(LabelScope.TAG, "a b"), descending=True),
    )


@pytest.mark.parametrize(
    "terms",
    [
        [OrderText("bogus")],
        [OrderText("")],
        [OrderText(" ")],
        [OrderText("..")],
        [OrderText("metrics.")],
        [OrderText("name", dataset=DatasetKey("eval"))],
        [OrderText("name")] * 21,
    ],
)
def test_an_order_that_means_nothing_is_refused(terms: list[OrderText]) -> None:
    with pytest.raises(InvalidFilter):
        parse_version_order(terms)


def test_the_newest_point_is_the_latest_then_the_furthest_step() -> None:
    points = (a_point(3, step=9, time_ms=NOW_MS - 1), a_point(1), a_point(2, step=1), a_point(9, key="other"))
    version = a_version(metrics=points)

    assert newest_metric(version, "m", ()) == points[2]
    assert newest_metric(version, "nothing", ()) is None


def test_a_metric_is_looked_for_on_the_datasets_that_are_named() -> None:
    train = a_point(0.9, dataset_name="train", dataset_digest="d1")
    version = a_version(metrics=(a_point(0.1, time_ms=NOW_MS + 1), train))

    assert newest_metric(version, "m", [DatasetKey("train", "d1")]) == train
    assert is_on(train, [DatasetKey("other"), DatasetKey("train")])
    assert not is_on(train, [DatasetKey("train", "d2")])
    tree = parse_version_filter("metrics.m > 0.5")
    assert tree is not None
    assert matches_version(tree, version, [DatasetKey("train")])
    assert not matches_version(tree, version)


@pytest.mark.parametrize(
    ("text", "does"),
    [
        ("metrics.a > 1", True),
        ("name = 'x' OR NOT (tags.a = 'x' AND metrics.a > 1)", True),
        ("params.metrics = '1'", False),
        ("", False),
    ],
)
def test_a_filter_knows_whether_it_speaks_of_metrics(text: str, does: bool) -> None:
    assert mentions_metrics(parse_version_filter(text)) is does


def test_missing_things_match_nothing_but_is_null() -> None:
    assert not holds("model_type != 'agent'")
    assert holds("NOT model_type = 'agent'")
    assert holds("model_type IS NULL AND source_run_id IS NULL AND tags.a IS NULL AND metrics.a IS NULL")


def test_an_id_is_text() -> None:
    version = a_version(7)
    tree = Comparison(AttributeField(Attribute.MODEL_ID), Operator.LIKE, "m-%7")

    assert matches_version(tree, version)
