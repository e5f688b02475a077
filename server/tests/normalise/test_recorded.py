"""What real instrumentations sent of one conversation: the same meaning, whoever recorded it.

`tests/support/recordings.py` writes the files; `tests/test_instrumentations.py` asks the packages themselves.
"""

import json
from pathlib import Path

import msgspec
import pytest
from trilha import names
from trilha_server.domain.message import SpanContent, Text, ToolCall, ToolResult
from trilha_server.domain.span import Span, TokenUsage
from trilha_server.domain.trace import SpanSummary, TraceState
from trilha_server.normalise.convention import Told
from trilha_server.normalise.meaning import content_of
from trilha_server.normalise.otlp import decode_spans, read_request
from trilha_server.normalise.otlp_json import parse_json
from trilha_server.normalise.previews import shown
from trilha_server.normalise.summary import summarise

from server.tests.support.conversation import (
    AGENTS,
    ARGUMENTS,
    CALL_ID,
    CONVERSATIONS,
    FOUND,
    MODEL_TYPES,
    OF_OPENAI,
    QUESTION,
    QUESTIONS,
    RECORDED_ONLY,
    SESSION,
    TOOL,
    TOOL_TEXT,
    USER,
    Way,
    counted,
    told,
)

RECORDED = Path(__file__).parent / "recorded"


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A trace as the server understands it."""

    summary: SpanSummary
    spans: tuple[Span, ...]

    @property
    def of_models(self) -> list[Span]:
        """The calls of models, in order."""
        return [span for span in self.spans if span.facts.span_type in MODEL_TYPES]

    def typed(self, span_type: str) -> list[Span]:
        """Find spans by their type."""
        return [span for span in self.spans if span.facts.span_type == span_type]


def recorded(file: str, call: str) -> Recorded:
    document = json.loads((RECORDED / f"real_{file}.json").read_text())[call]
    request, rejections = parse_json(msgspec.json.encode(document))
    (trace,) = read_request(request.SerializeToString()).traces
    assert not rejections
    spans = sorted(decode_spans(trace.facts, trace.encoded), key=lambda span: span.facts.start_ns)
    summary = summarise({facts.span_id: facts for facts in trace.facts}, trace.root, trace.previews)
    return Recorded(summary=summary, spans=tuple(spans))


def content(span: Span) -> SpanContent:
    return content_of(Told(span.facts.name, span.scope_name, span.attributes, span.events))


def each(ways: list[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=[way.label for way in ways])


# The conversation.


@each([*CONVERSATIONS, *AGENTS, *RECORDED_ONLY])
def test_what_was_said_is_the_same(way: Way) -> None:
    first, second = map(content, recorded(way.file, way.call).of_models)
    said = (first.input_messages, first.output_messages, second.input_messages, second.output_messages)
    assert tuple(map(told, said)) == way.said


@each([*CONVERSATIONS, *AGENTS, *RECORDED_ONLY])
def test_tokens_are_counted_once(way: Way) -> None:
    trace = recorded(way.file, way.call)
    assert [counted(span.facts.usage) for span in trace.of_models] == [*way.usage]
    assert counted(trace.summary.usage) == way.usage[0] + way.usage[1]


def test_tokens_are_counted_once_though_the_agent_and_the_client_both_tell_them() -> None:
    trace = recorded("pydantic_ai", "twice")
    assert [span.facts.usage and span.facts.usage.total_tokens for span in trace.of_models] == [138, 138, 172, 172]
    assert trace.summary.usage is not None
    assert (trace.summary.usage.input_tokens, trace.summary.usage.output_tokens) == (280, 30)


@each([*CONVERSATIONS, *AGENTS, *RECORDED_ONLY])
def test_the_model_and_who_provides_it_are_known(way: Way) -> None:
    of_models = recorded(way.file, way.call).of_models
    assert {(span.facts.model, span.facts.provider) for span in of_models} == {(way.model, way.provider)}


@each(CONVERSATIONS + AGENTS)
def test_the_tools_on_offer_are_known(way: Way) -> None:
    for span in recorded(way.file, way.call).of_models:
        (tool,) = content(span).tools
        assert (tool.name, tool.description) == (TOOL, TOOL_TEXT)
        assert isinstance(tool.parameters, dict)
        assert tool.parameters["properties"] == {"number": {"type": "integer"}}


@each([*CONVERSATIONS, *AGENTS, *RECORDED_ONLY])
def test_the_session_and_the_user_are_found(way: Way) -> None:
    metadata = recorded(way.file, way.call).summary.metadata
    assert metadata.get(names.TRACE_SESSION) == (SESSION if way.names_session else None)
    assert metadata.get(names.TRACE_USER) == (USER if way.names_user else None)


@pytest.mark.parametrize("instrumentation", ["openinference", "openllmetry"])
def test_a_stream_of_langchain_is_read_as_one_answer(instrumentation: str) -> None:
    (span,) = recorded(f"langchain_{instrumentation}", "stream").of_models
    assert span.facts.usage is not None
    assert (span.facts.usage.total_tokens, span.facts.usage.cache_read_tokens) == (138, 64)
    assert told(content(span).output_messages) == [("assistant", (ToolCall(TOOL, ARGUMENTS, CALL_ID),))]


def test_a_tools_result_is_a_tools_even_where_the_user_is_said_to_have_brought_it() -> None:
    first, second = map(content, recorded("anthropic_openinference_old", "chat").of_models)
    assert told(first.input_messages) == [("user", (Text(QUESTION),))]
    assert told(second.input_messages) == [
        ("user", (Text(QUESTION),)),
        ("assistant", (ToolCall(TOOL, ARGUMENTS, CALL_ID),)),
        ("tool", (ToolResult(FOUND, CALL_ID),)),
    ]


# The trace as a whole.


@each([*QUESTIONS, *AGENTS, *CONVERSATIONS, *RECORDED_ONLY])
def test_the_question_and_the_answer_are_what_the_trace_shows(way: Way) -> None:
    summary = recorded(way.file, way.call).summary
    assert shown(summary) == (way.request_preview, way.response_preview)


@pytest.mark.parametrize(("call", "model"), [("fail", "a-broken-model"), ("fail_busy", "a-busy-model")])
@pytest.mark.parametrize("instrumentation", OF_OPENAI)
def test_a_call_that_failed_is_an_error_with_its_question(instrumentation: str, call: str, model: str) -> None:
    trace = recorded(f"openai_{instrumentation}", call)
    assert trace.summary.state is TraceState.ERROR
    assert shown(trace.summary) == (QUESTION, None)
    assert trace.summary.usage is None
    (span,) = trace.of_models
    assert span.facts.model == model


@pytest.mark.parametrize(
    ("file", "call", "name"),
    [
        ("openai_openinference", "chat", "answer"),
        ("langchain_openinference", "graph", "LangGraph"),
        ("pydantic_ai", "agent", "invoke_agent shop_agent"),
        ("langfuse", "by_hand", "order question"),
        ("laminar", "agent", "answer"),
    ],
)
def test_the_trace_has_its_name(file: str, call: str, name: str) -> None:
    assert recorded(file, call).summary.tags[names.TRACE_NAME] == name


# Other spans.


@pytest.mark.parametrize("instrumentation", OF_OPENAI)
def test_embeddings_count_their_tokens(instrumentation: str) -> None:
    trace = recorded(f"openai_{instrumentation}", "embed")
    (span,) = trace.typed("EMBEDDING")
    assert (span.facts.model, counted(span.facts.usage)) == ("text-embedding-3-small", TokenUsage(7, 0, 7))
    assert counted(trace.summary.usage) == TokenUsage(7, 0, 7)


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ("langchain_openinference", "graph"),
        ("langchain_openllmetry", "graph"),
        ("pydantic_ai", "agent"),
        ("pydantic_ai", "stream"),
        ("langfuse", "by_hand"),
        ("langsmith", "agent"),
        ("laminar", "agent"),
        ("google_adk", "agent"),
        ("pydantic_ai_old", "agent"),
    ],
)
def test_a_tool_shows_what_it_was_given_and_what_it_found(file: str, call: str) -> None:
    (span,) = recorded(file, call).typed("TOOL")
    read = content(span)
    assert (read.inputs, read.outputs) == (ARGUMENTS, FOUND)


@pytest.mark.parametrize(
    ("file", "call"),
    [("langchain_openinference", "graph"), ("pydantic_ai", "agent"), ("langfuse", "by_hand"), ("google_adk", "agent")],
)
def test_an_agent_is_one(file: str, call: str) -> None:
    assert recorded(file, call).typed("AGENT")


@pytest.mark.parametrize(("file", "call"), [("langchain_openinference", "graph"), ("langsmith", "agent")])
def test_what_was_retrieved_is_known(file: str, call: str) -> None:
    (span,) = recorded(file, call).typed("RETRIEVER")
    (document,) = content(span).documents
    assert (document.content, document.metadata) == ("Orders arrive in two days.", {"source": "policies.md"})


# What the application says.


def test_the_cost_that_the_application_tells_is_kept() -> None:
    cost = recorded("langfuse", "by_hand").summary.cost
    assert cost is not None
    assert (cost.input_usd, cost.output_usd, cost.total_usd) == (0.001, 0.002, 0.003)


def test_the_cost_that_an_instrumentation_tells_is_kept() -> None:
    cost = recorded("pydantic_ai", "agent").summary.cost
    assert cost is not None
    assert cost.total_usd == pytest.approx(2 * 2.4e-05)


def test_tokens_that_the_application_counts_by_hand_are_read() -> None:
    assert counted(recorded("langfuse", "by_hand").summary.usage) == TokenUsage(120, 18, 138, 64)
