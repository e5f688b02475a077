"""The filters of MLflow's trace metrics."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.api.mlflow.metric_filters import MetricFilter, read_filters
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import SpanDimension
from trilha_server.search.printing import print_filter

PIECES = (
    "trace",
    "span",
    "assessment",
    ".",
    "tag",
    "status",
    "name",
    "`a b`",
    " = ",
    "'x'",
    '"y"',
    "AND",
    "(",
    ")",
    "1",
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("trace.status = 'OK'", "status = 'OK'"),
        ("trace.tag.env='it''s'", "tags.env = 'it''s'"),
        ('trace.tag.`my key` = "x"', "tags.`my key` = 'x'"),
        ("trace.metadata.mlflow.trace.session = 's'", "metadata.mlflow.trace.session = 's'"),
        (f"trace.metadata.{names.SOURCE_RUN} = 'r'", "run_id = 'r'"),
    ],
)
def test_what_is_said_of_traces_is_a_filter_of_ours(written: str, meant: str) -> None:
    found = read_filters([written], "TRACES").traces
    assert found is not None
    assert print_filter(found) == meant


def test_several_filters_hold_together() -> None:
    found = read_filters(["span.type = 'TOOL'", "trace.status = 'OK'", "trace.tag.a = 'b'"], "SPANS")
    assert found.spans == {SpanDimension.TYPE: "TOOL"}
    assert found.traces is not None
    assert print_filter(found.traces) == "status = 'OK' AND tags.a = 'b'"


def test_what_contradicts_itself_matches_nothing() -> None:
    assert read_filters(["assessment.name = 'a'", "assessment.name = 'b'"], "ASSESSMENTS").matches_nothing
    assert not read_filters(["assessment.name = 'a'", "assessment.name = 'a'"], "ASSESSMENTS").matches_nothing


@given(st.text(max_size=40) | st.lists(st.sampled_from(PIECES), max_size=10).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        assert isinstance(read_filters([text], "TRACES"), MetricFilter)
    except InvalidInput as error:
        assert str(error)
