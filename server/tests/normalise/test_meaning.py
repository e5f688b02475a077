"""What attributes mean, whichever convention names them."""

import math

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from trilha import names
from trilha_server.domain.span import MAX_TOKENS, AttributeValue, Cost, TokenUsage
from trilha_server.normalise import meaning
from trilha_server.normalise.convention import Attributes, Told

from server.tests.support.spans import a_span, some_spans


def told(attributes: Attributes) -> Told:
    return Told(name="step", sent_scope_name="", attributes=attributes)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "UNKNOWN"),
        ({names.SPAN_TYPE: "TOOL"}, "TOOL"),
        ({names.SPAN_TYPE: '"CHAT_MODEL"'}, "CHAT_MODEL"),
        ({names.SPAN_TYPE: ["x"]}, "UNKNOWN"),
        ({names.SPAN_TYPE: ""}, "UNKNOWN"),
        ({names.OPENINFERENCE_SPAN_KIND: "retriever"}, "RETRIEVER"),
        ({names.GEN_AI_OPERATION_NAME: "chat"}, "CHAT_MODEL"),
        ({names.GEN_AI_OPERATION_NAME: "execute_tool"}, "TOOL"),
        ({names.GEN_AI_OPERATION_NAME: "of the future"}, "UNKNOWN"),
        ({names.SPAN_TYPE: "LLM", names.GEN_AI_OPERATION_NAME: "chat"}, "LLM"),
    ],
)
def test_the_type_of_a_span(attributes: dict[str, AttributeValue], expected: str) -> None:
    assert meaning.facts_of(told(attributes)).span_type == expected


MLFLOW_USAGE = '{"input_tokens": 3, "output_tokens": 4, "total_tokens": 8, "cache_read_input_tokens": 1}'


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, None),
        ({names.CHAT_TOKEN_USAGE: MLFLOW_USAGE}, TokenUsage(3, 4, 8, 1, None)),
        ({names.CHAT_TOKEN_USAGE: {"input_tokens": 3}}, TokenUsage(3, 0, 3)),
        ({names.CHAT_TOKEN_USAGE: "broken {", names.GEN_AI_INPUT_TOKENS: 5}, TokenUsage(5, 0, 5)),
        ({names.GEN_AI_INPUT_TOKENS: 3, names.GEN_AI_OUTPUT_TOKENS: 4.0}, TokenUsage(3, 4, 7)),
        ({names.OPENINFERENCE_PROMPT_TOKENS: 3, names.OPENINFERENCE_TOTAL_TOKENS: 9}, TokenUsage(3, 0, 9)),
        ({names.GEN_AI_INPUT_TOKENS: -5}, TokenUsage(0, 0, 0)),
        ({names.GEN_AI_INPUT_TOKENS: True}, None),
        ({names.GEN_AI_INPUT_TOKENS: "3"}, TokenUsage(3, 0, 3)),
        ({names.GEN_AI_INPUT_TOKENS: "many"}, None),
        ({names.GEN_AI_INPUT_TOKENS: math.nan}, None),
        ({names.GEN_AI_INPUT_TOKENS: math.inf}, TokenUsage(MAX_TOKENS, 0, MAX_TOKENS)),
        ({names.GEN_AI_INPUT_TOKENS: 2**62}, TokenUsage(MAX_TOKENS, 0, MAX_TOKENS)),
    ],
)
def test_the_tokens_of_a_span(attributes: dict[str, AttributeValue], expected: TokenUsage | None) -> None:
    assert meaning.facts_of(told(attributes)).usage == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("nonsense", None),
        ('{"input_cost": 0.5, "output_cost": 0.25, "total_cost": 1.0}', Cost(0.5, 0.25, 1.0)),
        ({"input_cost": 0.5, "output_cost": 0.25}, Cost(0.5, 0.25, 0.75)),
        ({"total_cost": 2}, Cost(0.0, 0.0, 2.0)),
        ({"total_cost": "2"}, Cost(0.0, 0.0, 0.0)),
        ({"input_cost": math.inf, "total_cost": math.nan}, Cost(0.0, 0.0, 0.0)),
        ('{"total_cost": 1' + "0" * 400 + "}", Cost(0.0, 0.0, 0.0)),
    ],
)
def test_the_cost_of_a_span(value: AttributeValue, expected: Cost | None) -> None:
    assert meaning.facts_of(told({names.LLM_COST: value})).cost == expected


def test_previews_come_from_the_first_convention_that_has_something() -> None:
    attributes: dict[str, AttributeValue] = {
        names.SPAN_INPUTS: "",
        names.OPENINFERENCE_INPUT: "in",
        names.SPAN_OUTPUTS: {"answer": ["ä"]},
        names.OPENINFERENCE_OUTPUT: "not this",
    }

    assert meaning.previews_of(told(attributes)) == ("in", '{"answer": ["ä"]}')
    assert meaning.previews_of(told({})) == (None, None)


@pytest.mark.parametrize("length", [0, 999, 1000, 1001, 100_000])
def test_a_preview_is_never_longer_than_its_limit(length: int) -> None:
    text = "x" * length
    cut = meaning.preview(text)

    assert len(cut) == min(length, meaning.PREVIEW_CHARS)
    assert cut == text if length <= meaning.PREVIEW_CHARS else cut.endswith("x...")


def test_session_and_user_are_ids() -> None:
    facts = meaning.facts_of(told({names.OTEL_SESSION_ID: "s-1", names.OTEL_USER_ID: 7}))

    assert (facts.session, facts.user) == ("s-1", "7")
    assert meaning.facts_of(told({names.OTEL_SESSION_ID: "", names.OTEL_USER_ID: None})) == meaning.NO_MEANING


def tags_of(span: Span, resource: Attributes) -> dict[str, str]:
    root = some_spans(span, resource=resource).root
    assert root is not None
    return root.tags


def test_tags_that_a_client_hides_in_attributes_become_tags() -> None:
    attributes: dict[str, AttributeValue] = {
        "mlflow.traceTag.env": '"prod"',
        "mlflow.traceTag.n": 5,
        "mlflow.traceTag.none": None,
    }
    resource: dict[str, AttributeValue] = {"service.name": "agent", "service.version": "1.2", "other": "x"}

    assert tags_of(a_span(name="root", attributes=attributes), resource) == {
        names.TRACE_NAME: "root",
        "service.name": "agent",
        "service.version": "1.2",
        "env": "prod",
        "n": "5",
    }
    assert tags_of(a_span(name=""), {}) == {}
