"""Fields of traces, as the command line names them."""

from typing import Any

import pytest
from trilha._cli.fields import UnknownField, cell, read_fields, selected
from trilha._cli.table import table

TRACE: dict[str, Any] = {
    "info": {
        "trace_id": "tr-1",
        "tags": {"mlflow.traceName": "answer", "team": "blue"},
        "assessments": [
            {"assessment_name": "good", "feedback": {"value": 0.5}},
            {"assessment_name": "wanted", "expectation": {"value": "Paris"}},
        ],
    },
    "data": {
        "spans": [
            {"name": "answer", "span_id": "a", "attributes": {"mlflow.spanType": '"AGENT"', "n": 1}},
            {"name": "look up", "span_id": "b", "attributes": {}},
        ]
    },
}


def test_a_field_is_selected_with_what_it_is_in() -> None:
    assert selected(TRACE, read_fields("info.trace_id")) == {"info": {"trace_id": "tr-1"}}


def test_fields_of_the_same_item_stay_together() -> None:
    spans = [{"name": "answer", "span_id": "a"}, {"name": "look up", "span_id": "b"}]
    assert selected(TRACE, read_fields("data.spans.*.span_id, data.spans.*.name")) == {"data": {"spans": spans}}


def test_items_without_the_field_are_left_out() -> None:
    found = selected(TRACE, read_fields("info.assessments.*.feedback.value"))
    assert found == {"info": {"assessments": [{"feedback": {"value": 0.5}}]}}


def test_a_star_at_the_end_takes_items_whole() -> None:
    found = selected(TRACE, read_fields("info.assessments.*"))
    assert found == {"info": {"assessments": TRACE["info"]["assessments"]}}


@pytest.mark.parametrize("name", ["info.tags.`mlflow.traceName`", "info.tags.mlflow.traceName"])
def test_a_key_with_dots_is_found_with_backticks_and_without(name: str) -> None:
    assert selected(TRACE, read_fields(name)) == {"info": {"tags": {"mlflow.traceName": "answer"}}}


def test_a_field_that_this_trace_lacks_selects_nothing() -> None:
    assert selected(TRACE, read_fields("info.tags.colour,info.client_request_id")) == {}


@pytest.mark.parametrize("name", ["", " , ", "info.nonsense", "nonsense", "data.nonsense", "data.spans.*.nonsense"])
def test_a_field_that_no_trace_has_is_an_error(name: str) -> None:
    with pytest.raises(UnknownField, match="there is no field"):
        read_fields(name)


def test_a_backtick_without_another_is_an_error() -> None:
    with pytest.raises(UnknownField, match="a backtick is missing"):
        read_fields("info.tags.`a.b")


def test_a_comma_within_backticks_is_part_of_the_key() -> None:
    assert [field.parts for field in read_fields("info.tags.`a,b`,info.state")] == [
        ("info", "tags", "a,b"),
        ("info", "state"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("info.trace_id", "tr-1"),
        ("data.spans.*.name", "answer, look up"),
        ("info.assessments.*.feedback", '{"value": 0.5}'),
        ("info.tags.colour", "-"),
    ],
)
def test_a_cell_is_one_line_of_text(name: str, text: str) -> None:
    (field,) = read_fields(name)
    assert cell(TRACE, field) == text


def test_a_table_is_aligned_and_long_cells_are_cut() -> None:
    assert table(["id", "text"], [["tr-1", "a"], ["b", "x" * 41]]).splitlines() == [
        "id    text",
        "----  " + "-" * 40,
        "tr-1  a",
        "b     " + "x" * 39 + "…",
    ]
