"""What differs between two sets of traces."""

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from trilha import names
from trilha_server.analysis.differences import AttributeShift, Band, Differences, differences, value_filter
from trilha_server.analysis.facets import FAILED_SPAN, SPAN_MODEL, SPAN_NAME, Facet, Profile
from trilha_server.domain.figures import SpanKind
from trilha_server.domain.filter import (
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    FilterField,
    LabelField,
    LabelScope,
)
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.span import SpanStatus
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.search.printing import print_field, print_filter

from server.tests.support.spans import NOW_MS, an_assessment, trace_id

NOTHING_IGNORED: frozenset[FilterField] = frozenset()


def a_profile(
    number: int = 1,
    *,
    tags: Mapping[str, str] = {},
    metadata: Mapping[str, str] = {},
    kinds: tuple[SpanKind, ...] = (),
    feedback: Mapping[str, Any] = {},
    **fields: Any,  # Any: fields of the trace
) -> Profile:
    info = TraceInfo(
        trace_id=trace_id(number),
        experiment_id=ExperimentId(0),
        request_time_ms=NOW_MS,
        duration_ms=fields.get("duration_ms", 100),
        state=fields.get("state", TraceState.OK),
        client_request_id=None,
        request_preview=None,
        response_preview=None,
        metadata=dict(metadata),
        tags=dict(tags),
        run_ids=(),
        span_count=len(kinds),
        usage=None,
        cost=None,
        change=number,
    )
    assessments = [an_assessment(number, name=name, value=value) for name, value in feedback.items()]
    return Profile(info=info, version=info.version, kinds=frozenset(kinds), assessments=assessments)


def a_kind(name: str, status: SpanStatus = SpanStatus.OK, model: str | None = None) -> SpanKind:
    return SpanKind(name, "TOOL", status, model, None)


def found(a: list[Profile], b: list[Profile], max_values: int = 5) -> Differences:
    return differences(a, b, NOTHING_IGNORED, max_values)


def named(result: Differences) -> dict[str, AttributeShift]:
    return {print_field(one.facet.field): one for one in result.attributes if not one.facet.of_failed_spans}


def test_sets_that_are_alike_do_not_differ() -> None:
    random = Random(1)
    sides = [
        [
            a_profile(
                number,
                tags={f"k{key}": random.choice("abc") for key in range(20)},
                duration_ms=random.randint(1, 9999),
            )
            for number in range(400)
        ]
        for _ in range(2)
    ]
    result = found(sides[0], sides[1])
    assert result.compared >= 21
    assert result.attributes == ()


def test_the_attribute_that_moves_most_comes_first() -> None:
    random = Random(1)

    def side(portuguese: float, beta: float) -> list[Profile]:
        return [
            a_profile(
                number,
                tags={
                    "language": "pt" if random.random() < portuguese else "en",
                    "channel": "beta" if random.random() < beta else "main",
                    "colour": random.choice(("red", "blue")),
                    "request": f"id {random.random()}",
                },
            )
            for number in range(500)
        ]

    result = found(side(0.5, 0.1), side(0.95, 0.2))
    assert list(named(result)) == ["tags.language", "tags.channel"]
    first = result.attributes[0]
    assert {one.value for one in first.values} == {"pt", "en"}
    written = {print_filter(one.filter) for one in first.values}
    assert written == {"tags.language = 'pt'", "tags.language = 'en'"}


def test_shares_and_counts_are_of_all_traces_of_a_side() -> None:
    a = [a_profile(number, tags={"x": "1"} if number < 30 else {}) for number in range(100)]
    b = [a_profile(number, tags={"x": "1"} if number < 160 else {}) for number in range(200)]
    [shift] = found(a, b).attributes
    by_value = {one.value: one for one in shift.values}
    assert (by_value["1"].count_a, by_value["1"].share_a) == (30, 0.3)
    assert (by_value["1"].count_b, by_value["1"].share_b) == (160, 0.8)
    assert (by_value[None].count_a, by_value[None].share_b) == (70, 0.2)
    assert print_filter(by_value[None].filter) == "tags.x IS NULL"


def test_names_and_models_of_spans_are_compared_one_by_one() -> None:
    plain = (a_kind("plan", model="m-1"), a_kind("search"))
    a = [a_profile(number, kinds=plain) for number in range(100)]
    failing = (*plain, a_kind("rerank", SpanStatus.ERROR, "m-2"))
    b = [a_profile(number, kinds=failing if number % 2 else plain) for number in range(100)]
    by_facet = {one.facet: one for one in found(a, b).attributes}
    assert by_facet.keys() == {SPAN_NAME, SPAN_MODEL, FAILED_SPAN}
    [moved] = by_facet[FAILED_SPAN].values
    assert print_filter(moved.filter) == "span.name = 'rerank' AND span.status = 'ERROR'"
    assert (moved.count_a, moved.count_b) == (0, 50)
    assert [one.value for one in by_facet[SPAN_MODEL].values] == ["m-2"]


def test_many_different_numbers_are_compared_in_bands() -> None:
    random = Random(1)
    a, b = (
        [a_profile(number, duration_ms=round(scale * random.lognormvariate(0, 1))) for number in range(500)]
        for scale in (1000, 3000)
    )
    shift = named(found(a, b, max_values=20))["execution_time_ms"]
    bands = sorted((one.value for one in shift.values if isinstance(one.value, Band)), key=lambda band: band.low or 0)
    assert [band.low for band in bands[1:]] == [band.high for band in bands[:-1]]
    assert (bands[0].low, bands[-1].high) == (None, None)
    assert sum(one.count_a for one in shift.values) == 500
    written = {print_filter(one.filter) for one in shift.values}
    assert f"execution_time_ms < {bands[0].high}" in written
    assert f"execution_time_ms >= {bands[1].low} AND execution_time_ms < {bands[1].high}" in written


def test_what_was_said_is_compared_as_filters_say_it() -> None:
    a = [a_profile(number, feedback={"liked": True, "score": 5}) for number in range(100)]
    b = [a_profile(number, feedback={"liked": number % 3 == 0, "score": 1}) for number in range(100)]
    shifts = named(found(a, b))
    assert "feedback.liked = 'true'" in {print_filter(one.filter) for one in shifts["feedback.liked"].values}
    assert "feedback.score = 1" in {print_filter(one.filter) for one in shifts["feedback.score"].values}


def test_long_text_lists_and_numbers_beyond_measure_are_no_values() -> None:
    a = [a_profile(number, tags={"prompt": "x" * 300}, feedback={"odd": [1]}) for number in range(100)]
    b = [a_profile(number, tags={"prompt": "y" * 300}, feedback={"odd": 10**400}) for number in range(100)]
    assert found(a, b).attributes == ()


def test_fields_that_are_ignored_are_left_out() -> None:
    a, b = ([a_profile(number, tags={"env": env}) for number in range(100)] for env in ("production", "staging"))
    assert len(found(a, b).attributes) == 1
    assert differences(a, b, frozenset({LabelField(LabelScope.TAG, "env")}), 5).attributes == ()


def test_a_key_of_two_spellings_is_one_attribute() -> None:
    a = [a_profile(number, metadata={names.SOURCE_NAME: "a.py", names.TRACE_USER: "ana"}) for number in range(100)]
    b = [
        a_profile(number, tags={names.TRACE_USER: "bo"}, metadata={names.SOURCE_NAME: "a.py"}) for number in range(100)
    ]
    assert list(named(found(a, b))) == ["user"]


@pytest.mark.parametrize("sides", [([], []), ([a_profile()], []), ([a_profile()], [a_profile()])])
def test_next_to_nothing_has_no_differences(sides: tuple[list[Profile], list[Profile]]) -> None:
    assert found(*sides) == Differences(attributes=(), compared=0)


@pytest.mark.parametrize(
    ("facet", "value", "written"),
    [
        (Facet(AttributeField(Attribute.VERSION)), "it's", "version = 'it''s'"),
        (Facet(AttributeField(Attribute.COST_TOTAL)), Band(0.012, None), "cost.total >= 0.012"),
        (Facet(AttributeField(Attribute.USER)), None, "user IS NULL"),
        (Facet(AssessmentField(AssessmentScope.FEEDBACK, "a b")), 0.5, "feedback.`a b` = 0.5"),
        (SPAN_MODEL, "m", "span.model = 'm'"),
    ],
)
def test_a_value_is_found_by_a_filter(facet: Facet, value: str | float | Band | None, written: str) -> None:
    assert print_filter(value_filter(facet, value)) == written
