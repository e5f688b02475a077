"""Feedback and expectations, through MLflow's clients."""

from typing import Any

import pytest

from tests.support.clients import LEAN_NEWEST, NEWEST
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(120)

KINDS = ["boolean", "whole", "real", "text", "empty text", "list", "object"]


@pytest.fixture(params=[NEWEST, LEAN_NEWEST], ids=["newest", "lean newest"])
def seen(request: pytest.FixtureRequest, runs: Runs) -> Any:
    return runs.seen(request.param, "assessing")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["feedback", "expectation"])
def test_a_value_of_any_kind_comes_back(seen: Any, role: str, kind: str) -> None:
    assert seen["values"][kind][role] == seen["expected values"][kind]


def test_feedback_keeps_its_source_rationale_metadata_and_span(seen: Any) -> None:
    described = seen["described"]["described"]
    assert described["source"] == {"source_type": "LLM_JUDGE", "source_id": "judge/gpt"}
    assert (described["rationale"], described["metadata"]) == ("porque sim", {"m": "0"})
    assert (described["trace_id"], described["span_id"]) == (seen["trace_id"], seen["span_id"])
    assert described["valid"] is True
    assert described["create_time"] == described["last_update_time"]


def test_feedback_may_be_an_error(seen: Any) -> None:
    error = seen["described"]["failed"]["feedback"]["error"]
    assert error == {"error_code": "JUDGE_FAILED", "error_message": "böom", "stack_trace": "line 1"}
    raised = seen["described"]["raised"]["feedback"]["error"]
    assert (raised["error_code"], raised["error_message"]) == ("ValueError", "bad judge")


def test_an_expectation_is_by_a_human_unless_told_otherwise(seen: Any) -> None:
    assert seen["described"]["expected"]["source"]["source_type"] == "HUMAN"


def test_a_change_replaces_what_it_names_and_merges_metadata(seen: Any) -> None:
    changed = seen["changed"]["feedback"]
    assert (changed["assessment_name"], changed["feedback"]["value"]) == ("after", 2)
    assert (changed["rationale"], changed["metadata"]) == ("thought again", {"a": "1", "b": "2"})
    assert changed["last_update_time"] >= changed["create_time"]


def test_an_expectation_changes_its_value(seen: Any) -> None:
    expectation = seen["changed"]["expectation"]["expectation"]
    assert expectation["serialized_value"]["value"] == '{"facts": ["b"]}'


def test_an_expectation_does_not_become_feedback(seen: Any) -> None:
    assert seen["changed"]["wrong kind"]["error_code"] == "INVALID_PARAMETER_VALUE"


def test_what_overrides_is_valid_and_what_is_overridden_is_not(seen: Any) -> None:
    during = seen["overridden"]["during"]
    assert (during["old"]["valid"], during["new"]["valid"]) == (False, True)
    assert during["new"]["overrides"] == seen["overridden"]["old id"]
    assert (during["old"]["feedback"]["value"], during["new"]["feedback"]["value"]) == ("good", "poor")


def test_deleting_what_overrides_restores_what_was_overridden(seen: Any) -> None:
    assert seen["overridden"]["after"]["valid"] is True
    assert seen["overridden"]["deleted"]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_deleting_twice_is_no_error(seen: Any) -> None:
    assert seen["overridden"]["deleted twice"] == {"result": None}


@pytest.mark.parametrize("action", ["log", "expect", "get", "update"])
def test_what_is_not_there_cannot_be_judged(seen: Any, action: str) -> None:
    assert seen["missing"][action]["error_code"] == "RESOURCE_DOES_NOT_EXIST"


def test_a_trace_and_a_search_list_all_assessments(seen: Any) -> None:
    names = sorted(each["assessment_name"] for each in seen["info"]["assessments"])
    assert names == sorted([*KINDS, *KINDS, "described", "failed", "raised", "expected", "after", "wanted", "quality"])
    assert sorted(seen["found"]["assessments"], key=str) == sorted(seen["info"]["assessments"], key=str)
