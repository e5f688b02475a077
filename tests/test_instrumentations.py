"""Real libraries under real instrumentations: what Trilha tells of the same conversation, whoever recorded it."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from trilha_server.domain.span import TokenUsage

from server.tests.support.conversation import (
    AGENTS,
    ANSWER,
    ARGUMENTS,
    CONVERSATIONS,
    FOUND,
    OF_OPENAI,
    QUESTION,
    QUESTIONS,
    SESSION,
    TOOL,
    TOOL_TEXT,
    USER,
    Way,
)
from tests.support.chat_model import ChatModel
from tests.support.clients import INSTRUMENTED, NEWEST
from tests.support.mlflow_rest import MlflowRest, attributes_of
from tests.support.native_rest import NativeTrace, read_trace, said, usage_of
from tests.support.once import Once
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def model() -> Iterator[ChatModel]:
    with ChatModel() as model:
        yield model


@pytest.fixture(scope="module")
def instrumented(runs: Runs, model: ChatModel) -> Any:  # Any: JSON
    return runs.seen(INSTRUMENTED, "instrumented", **model.environment)


@pytest.fixture(scope="module")
def autologged(runs: Runs, model: ChatModel) -> Any:  # Any: JSON
    return runs.seen(NEWEST, "autologging", **model.environment)


@pytest.fixture(scope="module")
def read(trilha_server: RunningServer) -> Once[str, NativeTrace]:
    return Once(lambda trace_id: read_trace(trilha_server.url, trace_id))


def each(ways: list[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("label", ways, ids=[way.label for way in ways])


@pytest.fixture
def trace(instrumented: Any, read: Once[str, NativeTrace], label: Way | str) -> NativeTrace:
    return read(instrumented["traces"][label if isinstance(label, str) else label.label])


# The conversation.


@each(CONVERSATIONS + AGENTS)
def test_what_was_said_is_the_same(trace: NativeTrace, label: Way) -> None:
    first, second = trace.of_models
    parts = [said(span[key]) for span in (first, second) for key in ("input_messages", "output_messages")]
    assert tuple(parts) == label.said


@each(CONVERSATIONS + AGENTS)
def test_the_tokens_are_what_the_provider_counted(trace: NativeTrace, label: Way) -> None:
    assert [usage_of(span["usage"]) for span in trace.of_models] == [*label.usage]
    assert usage_of(trace.info["usage"]) == label.usage[0] + label.usage[1]


@pytest.mark.parametrize("label", ["pydantic_ai twice"])
def test_tokens_are_counted_once_though_the_agent_and_the_client_both_tell_them(trace: NativeTrace) -> None:
    assert [span["usage"]["total_tokens"] for span in trace.of_models] == [138, 138, 172, 172]
    assert (trace.info["usage"]["input_tokens"], trace.info["usage"]["output_tokens"]) == (280, 30)
    agent_costs = [span["cost"]["total_usd"] for span in trace.of_models[::2]]
    assert trace.info["cost"]["total_usd"] == pytest.approx(sum(agent_costs))


@each(CONVERSATIONS + AGENTS)
def test_the_model_its_provider_and_its_tools_are_known(trace: NativeTrace, label: Way) -> None:
    for span in trace.of_models:
        assert (span["model"], span["provider"]) == (label.model, label.provider)
        (tool,) = span["tools"]
        assert (tool["name"], tool["description"]) == (TOOL, TOOL_TEXT)
        assert tool["parameters"]["properties"] == {"number": {"type": "integer"}}


@each(CONVERSATIONS + AGENTS)
def test_the_session_and_the_user_are_found(trace: NativeTrace, label: Way) -> None:
    assert (trace.info["session"], trace.info["user"]) == (SESSION, USER if label.names_user else None)


@each(QUESTIONS + AGENTS + CONVERSATIONS)
def test_the_question_and_the_answer_are_what_the_trace_shows(trace: NativeTrace, label: Way) -> None:
    shown = (trace.info["request_preview"], trace.info["response_preview"])
    assert shown == (label.request_preview, label.response_preview)


@each(CONVERSATIONS + AGENTS)
def test_a_trace_of_a_known_model_has_its_cost(trace: NativeTrace, label: Way) -> None:
    costs = [span["cost"]["total_usd"] for span in trace.of_models]
    assert all(costs)
    assert trace.info["cost"]["total_usd"] == pytest.approx(sum(costs))


@pytest.mark.parametrize("label", [f"openai {call} {by}" for call in ("fail", "fail_busy") for by in OF_OPENAI])
def test_a_call_that_failed_is_an_error_with_its_question(trace: NativeTrace) -> None:
    assert trace.info["state"] == "ERROR"
    assert (trace.info["request_preview"], trace.info["response_preview"]) == (QUESTION, None)
    assert (trace.info["usage"], trace.info["cost"]) == (None, None)


@pytest.mark.parametrize("label", [f"openai embed {by}" for by in OF_OPENAI])
def test_embeddings_count_their_tokens(trace: NativeTrace) -> None:
    (span,) = trace.typed("EMBEDDING")
    assert usage_of(span["usage"]) == usage_of(trace.info["usage"]) == TokenUsage(7, 0, 7)


@pytest.mark.parametrize(
    "label",
    ["langchain graph openinference", "langchain graph openllmetry", "pydantic_ai agent", "laminar agent"],
)
def test_a_tool_shows_what_it_was_given_and_what_it_found(trace: NativeTrace) -> None:
    (span,) = trace.typed("TOOL")
    assert (span["inputs"], span["outputs"]) == (ARGUMENTS, FOUND)


@pytest.mark.parametrize("label", ["langchain graph openinference", "langsmith agent"])
def test_what_was_retrieved_is_known(trace: NativeTrace) -> None:
    (span,) = trace.typed("RETRIEVER")
    (document,) = span["documents"]
    assert document["content"] == "Orders arrive in two days."


# As MLflow's clients read it.


@pytest.mark.parametrize("label", ["openai chat openinference", "anthropic chat genai", "langfuse wrapped"])
def test_mlflows_clients_find_their_own_words(instrumented: Any, trilha_server: RunningServer, label: str) -> None:
    trace_id = bytes.fromhex(instrumented["traces"][label].removeprefix("tr-"))
    with MlflowRest(trilha_server.url) as rest:
        metadata = rest.info(trace_id)["trace_metadata"]
        first, second = [attributes_of(span) for span in rest.spans(trace_id) if span["name"] != "answer"]
    assert json.loads(metadata["mlflow.trace.tokenUsage"])["total_tokens"] == 310
    assert json.loads(metadata["mlflow.trace.cost"])["total_cost"] > 0
    assert "CHAT_MODEL" in str(first["mlflow.spanType"]) or "LLM" in str(first["mlflow.spanType"])
    assert QUESTION in str(first["mlflow.spanInputs"])
    assert ANSWER in str(second["mlflow.spanOutputs"])
    assert "120" in str(first["mlflow.chat.tokenUsage"])
    assert TOOL in str(first["mlflow.chat.tools"])


# MLflow's own.


def of_mlflow(call: str, **differs: object) -> Way:
    known = {"library": "openai", "counts_writes": False, "counts_thoughts": False}
    return msgspec.convert({"call": call, **known, **differs}, Way)


AUTOLOGGED = [
    of_mlflow("chat"),
    of_mlflow("stream", loses_calls=True),  # MLflow 3.17 puts only words together
    of_mlflow("responses", thinks=True, remembers=True),
    of_mlflow("responses_stream"),
]


@pytest.fixture
def autologged_trace(autologged: Any, read: Once[str, NativeTrace], way: Way) -> NativeTrace:
    return read(autologged["traces"][way.call])


@pytest.mark.parametrize("way", AUTOLOGGED, ids=[way.call for way in AUTOLOGGED])
def test_what_mlflow_traces_by_itself_means_the_same(autologged_trace: NativeTrace, way: Way) -> None:
    first, second = autologged_trace.of_models
    parts = [said(span[key]) for span in (first, second) for key in ("input_messages", "output_messages")]
    assert tuple(parts) == way.said
    assert [usage_of(span["usage"]) for span in (first, second)] == [*way.usage]
    assert usage_of(autologged_trace.info["usage"]) == way.usage[0] + way.usage[1]
    assert [span["model"] for span in (first, second)] == [way.model, way.model]
    assert [tool["name"] for span in (first, second) for tool in span["tools"]] == [TOOL, TOOL]
    assert (autologged_trace.info["session"], autologged_trace.info["user"]) == (SESSION, USER)


@pytest.mark.parametrize("way", AUTOLOGGED, ids=[way.call for way in AUTOLOGGED])
def test_mlflows_client_reads_the_same_tokens_and_the_cost(autologged: Any, way: Way) -> None:
    first, second = way.usage
    tokens = autologged["usage"][way.call]
    assert (tokens["input_tokens"], tokens["output_tokens"], tokens["total_tokens"]) == (280, 30, 310)
    assert tokens["cache_read_input_tokens"] == 64 + 96
    cost = autologged["cost"][way.call]
    assert cost["total_cost"] == pytest.approx(cost["input_cost"] + cost["output_cost"])
    assert cost["output_cost"] == pytest.approx((first.output_tokens + second.output_tokens) * 0.60 / 1e6)


def test_what_mlflows_client_could_not_trace_has_no_tokens_and_no_cost(autologged: Any) -> None:
    assert (autologged["usage"]["fail"], autologged["cost"]["fail"]) == (None, None)
    assert autologged["read"]["fail"]["info"]["state"] == "ERROR"
