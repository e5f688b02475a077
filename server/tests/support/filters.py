"""Random traces and random filters over the same few values, so that they often meet."""

from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from trilha import names
from trilha_server.domain.assessment import Assessment, AssessmentKind
from trilha_server.domain.batch import InfoDeclared
from trilha_server.domain.filter import (
    And,
    AssessmentField,
    AssessmentScope,
    Attribute,
    AttributeField,
    Comparison,
    Filter,
    FilterField,
    LabelField,
    LabelScope,
    Not,
    Operator,
    Or,
    SpanField,
    SpanPart,
)
from trilha_server.domain.span import AttributeValue
from trilha_server.domain.trace import TraceState
from trilha_server.search.values import MATCHING, MEMBERSHIP, PRESENCE, ValueKind, rule_of

from server.tests.support.spans import NOW_MS, START_NS, a_span, an_assessment, declared, trace_id

TRACE_SCOPES = (LabelScope.TAG, LabelScope.METADATA)
"""The scopes that traces have; runs have others."""

LONG = "long " * 80
WORDS = (
    *("a", "A", "b", "ab", "aB", "", "ä", "Äb", "O'Neil", "100%", "x_y", "x-y", "\\", "a\\b", "ok", "OK", "ERROR"),
    *("a\x00b", "a\ufffdb", "a\x1fb", "a b", "1", "1.5", "true", '"ab"', "gpt-4o-mini", "passport renewal"),
    *(LONG, f"{LONG}1", f"{LONG}2", f"{LONG[:255]}", '{"a": 1}', "İb", "chat", "TOOL", "UNKNOWN"),
)
PATTERNS = (
    *(
        "%",
        "",
        "_",
        "__",
        "a%",
        "%b",
        "%B%",
        "%a_b%",
        "a_b",
        "ä%",
        "Ä%",
        "%\\%",
        "%100\\%%",
        "100_",
        "%long%",
        "long%1",
    ),
    *('"%"', '%"ab"%', "%gpt-4o%", "%passport%", "%PASSPORT RENEWAL%", "%o'n%", "%1%", "%rue", "%İ%", "%{%", "tr-%01"),
)
EXPRESSIONS = ("a", "^a", "b$", "^$", "a|ä", "(?i)AB", r"\d", r"\pL", "[[:alpha:]]", "(?P<n>a)", "x.y", "(?s)a.b", '"')
NUMBERS = (0, 1, 5, 250, 999, 1000, 1.5, -1, 0.25, NOW_MS, NOW_MS + 1000, NOW_MS + 3)
JSON_VALUES: tuple[Any, ...] = (  # Any: JSON
    *(True, False, None, 0, 1, 1.0, 1.5, 250, 1e-7, 1e22, 2**60, -1),
    *({"a": 1}, {"ä": [1, 2]}, [], ["ab"], "good"),
)
KEYS = (
    *("env", "app_version", "a.b", "k\x00ey", LONG, names.OTEL_SERVICE_VERSION, names.TRACE_NAME, names.TRACE_SESSION),
    *(names.TRACE_USER, names.MODEL_ID, names.SOURCE_RUN, names.TRACE_INPUTS, names.SOURCE_NAME, names.LINKED_PROMPTS),
)
ASSESSMENT_NAMES = ("quality", "ab", LONG)
SPAN_NAMES = ("a", "ab", "plan", "step", LONG)

words = st.sampled_from(WORDS)
texts = words | st.text("aAbB%_\\é", max_size=4)


class RandomTrace(msgspec.Struct, frozen=True):
    """What is sent of one trace."""

    number: int
    spans: list[Span]
    declaration: InfoDeclared | None
    tag_edits: dict[str, str | None]
    run_id: str | None
    assessments: list[Assessment]


@st.composite
def random_traces(draw: st.DrawFn, number: int, experiment: int) -> RandomTrace:
    """A trace that holds the values which filters ask for."""
    spans = [draw(_random_spans(number, position)) for position in range(draw(st.integers(0, 3)))]
    labels = st.dictionaries(st.sampled_from(KEYS), words, max_size=3)
    is_declared = not spans or draw(st.booleans())
    declaration = None
    if is_declared:
        declaration = declared(
            number,
            experiment=experiment,
            request_time_ms=NOW_MS + draw(st.integers(0, 5)),
            duration_ms=draw(st.sampled_from((None, 0, 5, 250))),
            state=draw(st.sampled_from(TraceState)),
            client_request_id=draw(st.none() | words),
            tags=draw(labels) | draw(_prompt_tags()),
            metadata=draw(labels),
        )
    return RandomTrace(
        number=number,
        spans=spans,
        declaration=declaration,
        tag_edits=draw(st.dictionaries(st.sampled_from(KEYS), st.none() | words, max_size=1)),
        run_id=draw(st.none() | st.sampled_from(("a", "run-1"))),
        assessments=[draw(_random_assessments(number, position)) for position in range(draw(st.integers(0, 2)))],
    )


def _prompt_tags() -> SearchStrategy[dict[str, str]]:
    linked = '[{"name": "ab", "version": "1"}, {"name": "x", "version": "2"}]'
    return st.sampled_from(({}, {names.LINKED_PROMPTS: linked}, {names.LINKED_PROMPTS: "not a list"}))


@st.composite
def _random_spans(draw: st.DrawFn, trace: int, position: int) -> Span:
    has_usage = draw(st.booleans())
    usage: dict[str, AttributeValue] = (
        {names.GEN_AI_INPUT_TOKENS: draw(st.sampled_from((0, 1, 250)))} if has_usage else {}
    )
    keys = ("input", "n", names.SPAN_TYPE, names.LLM_MODEL, names.LLM_PROVIDER)
    attributes = draw(st.dictionaries(st.sampled_from(keys), _attribute_values, max_size=3))
    return a_span(
        position + 1,
        trace=trace,
        parent=None if position == 0 and draw(st.booleans()) else 99,
        name=draw(st.sampled_from(SPAN_NAMES)),
        start_ns=START_NS + draw(st.integers(0, 5)) * 1_000_000,
        end_ns=draw(st.sampled_from((None, START_NS + 250_000_000, START_NS + 1_000_000_000))),
        status=draw(st.sampled_from((Status.STATUS_CODE_UNSET, Status.STATUS_CODE_OK, Status.STATUS_CODE_ERROR))),
        attributes={**attributes, **usage},
        events=draw(st.lists(st.builds(Span.Event, name=words.filter(lambda word: "\x00" not in word)), max_size=1)),
    )


_ODD_VALUES: tuple[AttributeValue, ...] = (1, 1.5, True, None, b"ab", ["ab", "b"], {"a": {"b": "passport renewal"}})
_attribute_values: SearchStrategy[AttributeValue] = words | st.sampled_from(_ODD_VALUES)


@st.composite
def _random_assessments(draw: st.DrawFn, trace: int, position: int) -> Assessment:
    kind = draw(st.sampled_from(AssessmentKind))
    is_issue = kind is AssessmentKind.ISSUE
    return an_assessment(
        1000 * trace + position,
        trace=trace,
        kind=kind,
        name=draw(words if is_issue else st.sampled_from(ASSESSMENT_NAMES)),
        value=draw(words if is_issue else words | st.sampled_from(JSON_VALUES)),
        valid=draw(st.booleans()) or draw(st.booleans()),
    )


_fields: SearchStrategy[FilterField] = st.one_of(
    st.builds(AttributeField, st.sampled_from(Attribute)),
    st.builds(LabelField, st.sampled_from(TRACE_SCOPES), st.sampled_from(KEYS)),
    st.builds(SpanField, st.sampled_from([part for part in SpanPart if part is not SpanPart.ATTRIBUTE])),
    st.builds(SpanField, st.just(SpanPart.ATTRIBUTE), st.sampled_from(("input", "n"))),
    st.builds(
        AssessmentField,
        st.sampled_from((AssessmentScope.FEEDBACK, AssessmentScope.EXPECTATION)),
        st.sampled_from(ASSESSMENT_NAMES),
    ),
    st.just(AssessmentField(AssessmentScope.ISSUE, "id")),
)


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    """One comparison that the filter language allows."""
    field = draw(_fields)
    rule = rule_of(field)
    operator = draw(st.sampled_from(rule.operators))
    return Comparison(field, operator, draw(_values(field, operator, rule.kind)))


def _values(
    field: FilterField, operator: Operator, kind: ValueKind
) -> SearchStrategy[str | float | tuple[str, ...] | None]:
    if operator in PRESENCE:
        return st.none()
    if operator is Operator.RLIKE:
        return st.sampled_from(EXPRESSIONS)
    if operator in MATCHING:
        return st.sampled_from(PATTERNS) | texts
    own = _own_words(field)
    if operator in MEMBERSHIP:
        return st.lists(own, min_size=1, max_size=3).map(tuple)
    if kind in (ValueKind.NUMBER, ValueKind.TIME):
        return st.sampled_from(NUMBERS)
    if kind is ValueKind.ASSESSED:
        number = st.sampled_from((0, 1, 1.0, 1.5, 250, 1e-7, 2**60))
        return number if operator not in (Operator.EQ, Operator.NE) else number | own
    return own


def _own_words(field: FilterField) -> SearchStrategy[str]:
    match field:
        case AttributeField(attribute=Attribute.STATUS):
            return st.sampled_from((*(state.value for state in TraceState), "ok"))
        case AttributeField(attribute=Attribute.REQUEST_ID):
            return st.integers(0, 12).map(trace_id) | st.just("tr-nothing")
        case AttributeField(attribute=Attribute.EXPERIMENT_ID):
            return st.sampled_from(("1", "2", "99"))
        case AttributeField(attribute=Attribute.PROMPT):
            return st.sampled_from(("ab/1", "x/2", "x/3"))
        case AttributeField(attribute=Attribute.RUN_ID):
            return st.sampled_from(("a", "run-1"))
        case SpanField(part=SpanPart.STATUS):
            return st.sampled_from(("OK", "ERROR", "UNSET", "x"))
        case SpanField(part=SpanPart.NAME):
            return st.sampled_from(SPAN_NAMES)
        case AssessmentField():
            return words | st.sampled_from(
                ("1e-07", "1e-7", "true", '"true"', '{"a":1}', "[]", "1.0", '"good"', "good")
            )
        case _:
            return words


def filters_of(terms: SearchStrategy[Comparison], max_leaves: int) -> SearchStrategy[Filter]:
    """Random trees of some comparisons."""
    return st.recursive(
        terms,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda terms: And(tuple(terms))),
            st.lists(inner, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))),
            inner.map(Not),
        ),
        max_leaves=max_leaves,
    )


filters: SearchStrategy[Filter] = filters_of(comparisons(), max_leaves=4)
