"""What filters mean for traces."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trilha import names
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.filter import And, Comparison, Filter, Not, Or, SpanField
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.span import UNKNOWN_TYPE, AttributeValue, Cost, Span, SpanFacts, SpanStatus, TokenUsage
from trilha_server.domain.trace import TraceInfo, TraceState
from trilha_server.search.evaluate import conjuncts, matches, needs_spans
from trilha_server.search.parse import parse_filter

TRACE_ID = TraceId("tr-" + "0" * 31 + "1")


class SeenTrace(msgspec.Struct, frozen=True):
    """A trace in memory."""

    info: TraceInfo
    assessments: Sequence[Assessment] = ()
    spans: Sequence[Span] = ()


class SpanlessTrace(msgspec.Struct, frozen=True):
    """A trace whose spans nobody may ask for."""

    info: TraceInfo
    assessments: Sequence[Assessment] = ()

    @property
    def spans(self) -> Sequence[Span]:
        raise AssertionError("the spans were asked for")


def an_info(**changes: Any) -> TraceInfo:
    info = TraceInfo(
        trace_id=TRACE_ID,
        experiment_id=ExperimentId(7),
        request_time_ms=1000,
        duration_ms=250,
        state=TraceState.OK,
        client_request_id=None,
        request_preview=None,
        response_preview=None,
        metadata={},
        tags={},
        run_ids=(),
        span_count=1,
        usage=None,
        cost=None,
        change=1,
    )
    return msgspec.structs.replace(info, **changes)


def a_trace(assessments: Sequence[Assessment] = (), spans: Sequence[Span] = (), **changes: Any) -> SeenTrace:
    return SeenTrace(an_info(**changes), assessments, spans)


def a_span(
    name: str = "step",
    span_type: str = UNKNOWN_TYPE,
    status: SpanStatus = SpanStatus.OK,
    attributes: dict[str, AttributeValue] | None = None,
) -> Span:
    return Span(
        facts=SpanFacts(SpanId(b"12345678"), None, name, span_type, 0, 1, status),
        status_message="",
        attributes=attributes or {},
        events=[],
        links=[],
        resource={},
        scope_name="",
        scope_version="",
    )


def an_assessment(
    value: Any, name: str = "f", kind: AssessmentKind = AssessmentKind.FEEDBACK, *, valid: bool = True
) -> Assessment:
    return Assessment(
        assessment_id="a-1",
        trace_id=TRACE_ID,
        name=name,
        kind=kind,
        value=value,
        create_time_ms=0,
        update_time_ms=0,
        valid=valid,
    )


def tree_of(text: str) -> Filter:
    tree = parse_filter(text)
    assert tree is not None
    return tree


def holds(text: str, trace: SeenTrace | SpanlessTrace) -> bool:
    return matches(tree_of(text), trace)


FULL_TRACE = a_trace(
    client_request_id="req-1",
    tags={names.TRACE_NAME: "answer", names.LINKED_PROMPTS: '[{"name": "team/greet", "version": "3"}]', "k": "v"},
    metadata={names.TRACE_USER: "ann", names.TRACE_SESSION: "s-1", names.MODEL_ID: "m-1", "k": "meta"},
    run_ids=("run-2",),
    usage=TokenUsage(10, 5, 15),
    cost=Cost(0.1, 0.2, 0.3),
    spans=[a_span()],
)


@pytest.mark.parametrize(
    "text",
    [
        f"request_id = '{TRACE_ID}'", f"trace_id IN ('x', '{TRACE_ID}')", "client_request_id LIKE 'req-_'",
        "status = 'OK'", "state != 'ERROR'", "name = 'answer'", "tags.mlflow.traceName = 'answer'",
        "experiment_id = '7'", "timestamp = 1000", "timestamp_ms < '1970-01-01T00:00:01.001Z'", "duration >= 250",
        "end_time = 1250", "user = 'ann'", "session ILIKE 'S-%'", "model_id RLIKE '^m'", "version = 'm-1'",
        "tokens.total = 15", "cost.total > 0.29", "prompt = 'team/greet/3'", "tags.k = 'v'", "metadata.k = 'meta'",
        "run_id = 'run-2'", "name NOT IN ('other')", "user IS NOT NULL", "tokens.total IS NOT NULL",
    ],
)  # fmt: skip
def test_every_attribute_is_found_without_a_look_at_the_spans(text: str):
    assert holds(text, SpanlessTrace(FULL_TRACE.info))
    assert not holds(f"NOT {text}", SpanlessTrace(FULL_TRACE.info))


@pytest.mark.parametrize(
    "text",
    [
        "status = 'ok'", "name LIKE 'Answer'", "name != 'answer'", "name NOT IN ('x', 'answer')", "timestamp > 1000",
        "timestamp != 1000", "duration < 250", "prompt = 'team/greet/4'", "tags.k = 'meta'", "user IS NULL",
        "cost.total IS NULL", "version = '1.0'",
    ],
)  # fmt: skip
def test_what_differs_is_not_found(text: str):
    assert not holds(text, FULL_TRACE)


@pytest.mark.parametrize("field", ["client_request_id", "name", "user", "run_id", "tags.k", "metadata.k", "feedback.f"])
@pytest.mark.parametrize("rest", ["= 'x'", "!= 'x'", "IN ('x')", "NOT IN ('x')", "LIKE '%'", "RLIKE ''"])
def test_a_comparison_with_a_missing_value_is_false(field: str, rest: str):
    assert not holds(f"{field} {rest}", a_trace())
    assert holds(f"NOT {field} {rest}", a_trace())
    assert holds(f"{field} IS NULL", a_trace())
    assert not holds(f"{field} IS NOT NULL", a_trace())


@pytest.mark.parametrize("field", ["duration", "tokens.total", "cost.total", "feedback.f"])
def test_a_comparison_with_a_missing_number_is_false(field: str):
    trace = a_trace(duration_ms=None)
    assert not holds(f"{field} != 5", trace)
    assert not holds(f"{field} <= 5", trace)
    assert holds(f"{field} IS NULL", trace)


def test_a_trace_without_duration_ends_when_it_starts():
    assert holds("end_time = 1000", a_trace(duration_ms=None))


@pytest.mark.parametrize("asked", ["tags", "metadata"])
@pytest.mark.parametrize("stored", ["tags", "metadata"])
def test_a_field_of_two_spellings_is_found_by_either(asked: str, stored: str):
    trace = SeenTrace(an_info(**{stored: {names.TRACE_USER: "ann"}}))
    assert holds(f"{asked}.`mlflow.trace.user` = 'ann'", trace)
    assert holds("user = 'ann'", trace)


def test_the_tag_wins_where_both_spellings_are_set():
    trace = a_trace(tags={names.SOURCE_NAME: "by hand"}, metadata={names.SOURCE_NAME: "main.py"})
    assert holds("metadata.mlflow.source.name = 'by hand'", trace)
    assert not holds("metadata.mlflow.source.name = 'main.py'", trace)


def test_another_key_is_a_tag_or_metadata_and_not_both():
    assert not holds("metadata.k = 'v'", a_trace(tags={"k": "v"}))
    assert not holds("tags.k = 'v'", a_trace(metadata={"k": "v"}))


def test_a_run_is_found_by_its_own_traces_and_by_linked_ones():
    trace = a_trace(metadata={names.SOURCE_RUN: "own"}, run_ids=("linked",))
    assert holds("run_id = 'own'", trace)
    assert holds("run_id = 'linked'", trace)
    assert holds("run_id LIKE 'lin%'", trace)
    assert holds("run_id != 'other'", trace)
    assert not holds("run_id != 'linked'", trace)
    assert not holds("run_id NOT IN ('own')", trace)


@pytest.mark.parametrize("linked", ["not json", "{}", '[{"name": 1}]'])
def test_a_broken_list_of_prompts_names_none(linked: str):
    assert not holds("prompt = 'greet/1'", a_trace(tags={names.LINKED_PROMPTS: linked}))


TWO_SPANS = a_trace(
    spans=[a_span("search", "RETRIEVER"), a_span("ask", "LLM", SpanStatus.ERROR, {"model": "m"})],
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("span.name = 'ask' AND span.type = 'LLM'", True),
        ("span.name = 'search' AND span.type = 'LLM'", False),
        ("span.name = 'search' AND status = 'OK' AND span.type = 'LLM'", False),
        ("(span.name = 'search' AND status = 'OK') AND span.type = 'LLM'", False),
        ("span.name = 'search' AND (span.type = 'LLM' OR span.type = 'TOOL')", True),
        ("span.name = 'search' AND NOT span.type = 'TOOL'", True),
        ("span.name = 'search' AND NOT span.type = 'LLM'", False),
        ("NOT (span.name = 'search' AND span.type = 'LLM')", True),
        ("span.name != 'search'", True),
        ("NOT span.name = 'search'", False),
        ("span.name NOT LIKE '%s%'", False),
        ("span.name NOT LIKE 'x%'", True),
        ("span.name IN ('search', 'x') AND span.status = 'OK'", True),
        ("span.status = 'ERROR' AND span.attributes.model = 'm'", True),
        ("span.status = 'OK' AND span.attributes.model IS NULL", True),
        ("span.status = 'OK' AND span.attributes.model IS NOT NULL", False),
        ("span.name = 'search' OR span.name = 'nothing'", True),
    ],
)
def test_span_comparisons_of_one_and_are_about_one_span(text: str, expected: bool):
    assert holds(text, TWO_SPANS) is expected


def test_no_span_comparison_holds_without_spans():
    assert not holds("span.name != 'x'", a_trace())
    assert holds("NOT span.name = 'x'", a_trace())


@pytest.mark.parametrize(
    ("value", "rest"),
    [
        ("blue", "= 'blue'"),
        ("blue", "!= '\"blue\"'"),
        ("blue", "IN ('red', 'blue')"),
        ("blue", "LIKE 'bl%'"),
        ("blue", "LIKE '\"bl%'"),
        ("blue", "ILIKE '%BLUE\"'"),
        ("blue", "RLIKE '^blue$'"),
        ('{"a": 1}', "= '{\"a\": 1}'"),
        (5, "= '5'"),
        (True, "= 'true'"),
        (0.5, "LIKE '0.%'"),
        (["ação", None], "= '[\"ação\", null]'"),
        ({"a": b"x"}, '= \'{"a": "(bytes)"}\''),
        (None, "IS NULL"),
    ],
)
def test_an_attribute_of_a_span_is_compared_as_text_or_as_json(value: AttributeValue, rest: str):
    assert holds(f"span.attributes.k {rest}", a_trace(spans=[a_span(attributes={"k": value})]))


def test_a_missing_attribute_of_a_span_differs_from_nothing():
    assert not holds("span.attributes.k != 'x'", a_trace(spans=[a_span()]))


def test_text_is_looked_for_in_any_span_and_content_in_one():
    trace = a_trace(spans=[a_span("first", attributes={"q": "where is\nmy order"}), a_span("second")])
    assert holds("trace.text LIKE '%is\nmy%'", trace)
    assert holds("trace.text LIKE '%first%' AND trace.text ILIKE '%SECOND%'", trace)
    assert not holds("trace.text LIKE '%MY ORDER%'", trace)
    assert holds("span.content LIKE '%order%' AND span.name = 'first'", trace)
    assert not holds("span.content LIKE '%order%' AND span.name = 'second'", trace)


@pytest.mark.parametrize(
    ("value", "rest", "expected"),
    [
        ("good", "= 'good'", True),
        ("good", "= '\"good\"'", True),
        ("good", "!= 'good'", False),
        ("good", "!= '\"good\"'", False),
        ("good", "!= 'bad'", True),
        ("good", "LIKE 'go%'", True),
        ("good", "IN ('good', 'bad')", True),
        ("good", "> 1", False),
        (True, "= 'true'", True),
        (False, "= 'false'", True),
        (True, "= 1", False),
        (True, "> 0", False),
        (5, "= '5'", True),
        (5, "= 5", True),
        (5, "!= 5", False),
        (5, "!= 4.5", True),
        (0.7, "> 0.5", True),
        (0.7, "<= 0.5", False),
        ("0.7", "> 0.5", False),
        (["a"], "= '[\"a\"]'", True),
        (None, "!= 'x'", False),
        (None, "IS NOT NULL", True),
    ],
)
def test_an_assessment_is_compared_by_value_or_json(value: Any, rest: str, expected: bool):
    for scope, kind in (("feedback", AssessmentKind.FEEDBACK), ("expectation", AssessmentKind.EXPECTATION)):
        assert holds(f"{scope}.f {rest}", a_trace(assessments=[an_assessment(value, kind=kind)])) is expected


def test_only_valid_assessments_of_the_name_and_kind_count():
    trace = a_trace(
        assessments=[
            an_assessment("old", valid=False),
            an_assessment("new"),
            an_assessment("other", name="g"),
            an_assessment("wanted", kind=AssessmentKind.EXPECTATION),
        ]
    )
    assert holds("feedback.f = 'new' AND expectation.f = 'wanted' AND expectation.g IS NULL", trace)
    for value in ("old", "other", "wanted"):
        assert not holds(f"feedback.f = '{value}'", trace)
    assert holds("feedback.f IS NULL", a_trace(assessments=[an_assessment("old", valid=False)]))


def test_one_of_several_assessments_is_enough():
    trace = a_trace(assessments=[an_assessment(1), an_assessment("text"), an_assessment(3)])
    assert holds("feedback.f = 3 AND feedback.f != 3 AND feedback.f < 2", trace)


def test_an_issue_is_found_by_its_id():
    trace = a_trace(assessments=[an_assessment("a name", name="iss-1", kind=AssessmentKind.ISSUE)])
    assert holds("issue.id = 'iss-1'", trace)
    assert holds("issue.id IN ('iss-0', 'iss-1')", trace)
    assert not holds("issue.id = 'a name'", trace)
    assert holds("feedback.`iss-1` IS NULL", trace)


def test_spans_are_not_asked_for_where_the_rest_decides():
    trace = SpanlessTrace(an_info())
    assert not holds("trace.text LIKE '%x%' AND status = 'ERROR'", trace)
    assert not holds("span.name = 'x' AND status = 'ERROR'", trace)
    assert holds("span.name = 'x' OR status = 'OK'", trace)
    assert holds("(span.name = 'x' AND span.type = 'y') OR NOT status = 'ERROR'", trace)


def test_the_span_comparisons_of_an_and_are_parted_from_the_rest():
    tree = tree_of("span.name = 'x' AND (status = 'OK' AND span.type = 'y') AND (span.name = 'z' OR user = 'u')")
    assert isinstance(tree, And)
    together, others = conjuncts(tree)
    assert [comparison.value for comparison in together] == ["x", "y"]
    assert len(others) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status = 'OK' AND tags.k = 'v'", False),
        ("NOT feedback.f > 1", False),
        ("status = 'OK' AND NOT (user = 'u' OR span.name = 'x')", True),
        ("trace.text LIKE 'x'", True),
    ],
)
def test_a_filter_knows_whether_it_needs_spans(text: str, expected: bool):
    assert needs_spans(tree_of(text)) is expected


def test_many_comparisons_are_worked_out_quickly():
    tree = tree_of(" OR ".join(f"trace.text LIKE '%{index}_z%'" for index in range(500)))
    trace = a_trace(spans=[a_span(attributes={"q": "words and more words " * 100})])
    began_s = time.monotonic()
    assert not matches(tree, trace)
    assert time.monotonic() - began_s < 2


ATOMS = st.sampled_from(
    [
        "status = 'OK'", "status != 'OK'", "name LIKE 'a%'", "name IS NULL", "user = 'ann'", "tags.k = 'v'",
        "tags.k NOT IN ('w')", "metadata.k IS NOT NULL", "duration > 100", "duration IS NULL", "tokens.total < 20",
        "feedback.f = 'good'", "feedback.f > 0.5", "feedback.f != 1", "expectation.f IS NULL", "trace.text LIKE '%m%'",
        "run_id != 'run-2'", "span.name = 'ask'", "span.type != 'LLM'", "span.attributes.model = 'm'",
    ]
).map(tree_of)  # fmt: skip
TREES = st.recursive(
    ATOMS,
    lambda trees: (
        st.lists(trees, min_size=2, max_size=4).map(tuple).map(And)
        | st.lists(trees, min_size=2, max_size=4).map(tuple).map(Or)
        | trees.map(Not)
    ),
    max_leaves=10,
)
TRACES = st.sampled_from(
    [
        a_trace(),
        FULL_TRACE,
        TWO_SPANS,
        a_trace(state=TraceState.ERROR, duration_ms=None, tags={"k": "v", names.TRACE_NAME: "ab"}),
        a_trace(assessments=[an_assessment("good"), an_assessment(0.7)], metadata={"k": "w"}),
    ]
)


def about_one_span(tree: Filter) -> bool:
    return isinstance(tree, Comparison) and isinstance(tree.field, SpanField)


@given(TREES, TRACES)
def test_not_is_the_complement(tree: Filter, trace: SeenTrace):
    assert matches(Not(tree), trace) is not matches(tree, trace)


@given(st.lists(TREES, min_size=2, max_size=4), TRACES)
def test_or_is_one_of_its_terms(terms: list[Filter], trace: SeenTrace):
    assert matches(Or(tuple(terms)), trace) is any(matches(term, trace) for term in terms)
    assert matches(Not(Or(tuple(terms))), trace) is matches(And(tuple(Not(term) for term in terms)), trace)


@given(
    st.lists(TREES.filter(lambda tree: not isinstance(tree, And) and not about_one_span(tree)), min_size=2, max_size=4),
    TRACES,
)
def test_and_is_all_of_its_terms_that_are_not_about_one_span(terms: list[Filter], trace: SeenTrace):
    assert matches(And(tuple(terms)), trace) is all(matches(term, trace) for term in terms)
    assert matches(Not(And(tuple(terms))), trace) is matches(Or(tuple(Not(term) for term in terms)), trace)


@given(
    st.lists(TREES, min_size=2, max_size=4).flatmap(lambda terms: st.tuples(st.just(terms), st.permutations(terms))),
    TRACES,
)
def test_the_order_of_terms_does_not_matter(pair: tuple[list[Filter], list[Filter]], trace: SeenTrace):
    for joint in (And, Or):
        assert matches(joint(tuple(pair[0])), trace) is matches(joint(tuple(pair[1])), trace)
