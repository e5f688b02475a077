"""What traces, spans and assessments come to, asked as MLflow's UI does, through its client."""

from typing import Any

import pytest

from tests.support.clients import NEWEST
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(120)

HOURS = ["2026-11-20T22:00:00+00:00", "2026-11-20T23:00:00+00:00", "2026-11-21T00:00:00+00:00"]
PERCENTILE_ERROR = 0.03
"""Percentiles may come from sums by the hour."""


@pytest.fixture
def seen(runs: Runs) -> Any:
    return runs.seen(NEWEST, "measuring")


def counts(points: Any, *dimensions: str) -> dict[Any, float]:
    """The counts of points by the values of their dimensions."""
    return {tuple(found[name] for name in dimensions): values["COUNT"] for _, found, values in points}


def test_traces_are_counted(seen: Any) -> None:
    assert seen["traces"]["count"] == [["trace_count", {}, {"COUNT": 4}]]
    by_both = counts(seen["traces"]["by name and status"], "trace_name", "trace_status")
    assert by_both == {("ask", "OK"): 3, ("sum", "ERROR"): 1}


def test_time_steps_are_in_order_and_the_end_belongs_to_the_time(seen: Any) -> None:
    assert [point[1:] for point in seen["traces"]["by hour"]] == [
        [{"time_bucket": hour}, {"COUNT": count}] for hour, count in zip(HOURS, (2, 1, 1), strict=True)
    ]


def test_sessions_are_counted_once_and_their_absence_not_at_all(seen: Any) -> None:
    assert seen["traces"]["sessions"] == [["session_count", {}, {"COUNT": 2}]]
    assert counts(seen["traces"]["sessions by hour"], "time_bucket") == {(HOURS[0],): 1, (HOURS[1],): 1}


def test_latency_is_in_milliseconds(seen: Any) -> None:
    [[name, dimensions, values]] = seen["traces"]["latency"]
    assert (name, dimensions) == ("latency", {})
    expected = {"AVG": 425, "MIN": 100, "MAX": 1000, "P50.0": 300, "P95.0": 910}
    assert values == pytest.approx(expected, rel=PERCENTILE_ERROR)
    by_name = {found["trace_name"]: values for _, found, values in seen["traces"]["latency by name"]}
    assert by_name["ask"] == pytest.approx({"AVG": 700 / 3, "P50.0": 200}, rel=PERCENTILE_ERROR)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("input_tokens", {"SUM": 90, "AVG": 30, "MIN": 10, "MAX": 60, "P50.0": 20}),
        ("output_tokens", {"SUM": 15, "AVG": 5, "MIN": 5, "MAX": 5, "P50.0": 5}),
        ("total_tokens", {"SUM": 105, "AVG": 35, "MIN": 15, "MAX": 65, "P50.0": 25}),
        ("cache_read_input_tokens", {"SUM": 9, "AVG": 3, "MIN": 1, "MAX": 6, "P50.0": 2}),
    ],
)
def test_tokens_are_of_the_traces_that_tell_them(seen: Any, metric: str, expected: dict[str, float]) -> None:
    assert seen["traces"]["tokens"][metric] == [[metric, {}, pytest.approx(expected, rel=PERCENTILE_ERROR)]]


def test_what_no_trace_tells_has_no_point(seen: Any) -> None:
    assert seen["traces"]["tokens"]["cache_creation_input_tokens"] == []
    assert seen["traces"]["latency of nobody"] == []
    assert seen["traces"]["of nobody"] == [["trace_count", {}, {"COUNT": 0}]]


@pytest.mark.parametrize(("name", "expected"), [("failed", 1), ("of a team", 3), ("of a session", 2)])
def test_filters_choose_traces(seen: Any, name: str, expected: int) -> None:
    assert seen["traces"][name] == [["trace_count", {}, {"COUNT": expected}]]


def test_spans_are_counted_and_measured(seen: Any) -> None:
    assert counts(seen["spans"]["count"], "span_type", "span_status") == {
        ("CHAT_MODEL", "ERROR"): 1,
        ("CHAT_MODEL", "OK"): 3,
        ("UNKNOWN", "ERROR"): 1,
        ("UNKNOWN", "OK"): 3,
    }
    assert seen["spans"]["of one name"] == [["span_count", {}, {"COUNT": 3}]]
    latency = {found["span_name"]: values for _, found, values in seen["spans"]["latency"]}
    assert latency["ask model"] == pytest.approx({"AVG": 700 / 3, "MAX": 400, "P50.0": 200}, rel=PERCENTILE_ERROR)


def test_costs_are_by_model(seen: Any) -> None:
    [[_, dimensions, values]] = seen["spans"]["cost"]
    assert dimensions == {"span_model_name": "m-1", "span_model_provider": "acme"}
    assert values == pytest.approx({"SUM": 1.75, "AVG": 1.75 / 3, "P50.0": 0.5}, rel=PERCENTILE_ERROR)
    assert seen["spans"]["cost of input"] == [["input_cost", {"span_model_name": "m-1"}, {"SUM": pytest.approx(0.875)}]]


def test_assessments_are_counted_by_name_value_and_type(seen: Any) -> None:
    found = seen["assessments"]
    assert counts(found["count"], "assessment_name") == {("expected",): 1, ("quality",): 4}
    assert counts(found["values"], "assessment_value") == {('"good"',): 1, ('"yes"',): 1, ("0.5",): 1, ("true",): 1}
    assert found["expectations"] == [["assessment_count", {}, {"COUNT": 1}]]


def test_yes_and_true_score_one(seen: Any) -> None:
    scores = {"AVG": 2.5 / 3, "MIN": 0.5, "MAX": 1, "P50.0": 1}
    assert seen["assessments"]["scores"] == [
        ["assessment_value", {"assessment_name": "quality"}, pytest.approx(scores)]
    ]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("metric", "metric_name must be one of ['trace_count', 'session_count', 'latency'"),
        ("aggregation", "ound invalid aggregation_type(s): ['SUM']. Supported aggregation types: ['COUNT']"),
        ("dimension", "ound invalid dimension(s): ['trace_status']. Supported dimensions: ['trace_name']"),
        ("times", "start_time_ms and end_time_ms are required if time_interval_seconds is set"),
        ("comparator", "nvalid comparator"),
        ("view", "iltering by span is only supported for"),
        ("key", "iltering by tag requires a key"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_the_same_words(seen: Any, name: str, complaint: str) -> None:
    refused = seen["refused"][name]
    assert refused["error_code"] == "INVALID_PARAMETER_VALUE"
    assert complaint in refused["message"]


@pytest.mark.trilha_only
def test_pages_follow_each_other(seen: Any) -> None:
    assert seen["pages"] == ["ask", "sum"]


def test_filters_that_go_together_are_told_from_those_that_do_not(seen: Any) -> None:
    assert seen["together"] == {
        "npmi": 1.0,
        "npmi_smoothed": pytest.approx(0.5849625),
        "filter1_count": 1,
        "filter2_count": 1,
        "joint_count": 1,
        "total_count": 4,
        "confidence_lower": None,
        "confidence_upper": None,
    }
    assert seen["apart"]["npmi"] == -1
    assert seen["apart"]["npmi_smoothed"] == pytest.approx(-0.3947147)
