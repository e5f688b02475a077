"""`trilha.<library>.autolog()`: real libraries and OpenInference's packages, in an environment with nothing else."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from trilha.integrations import INTEGRATIONS

from server.tests.support.conversation import (
    AGENTS,
    ARGUMENTS,
    CONVERSATIONS,
    FOUND,
    QUESTION,
    Way,
    of_anthropic,
    of_openai,
)
from tests.support.autolog_programs import AUTOLOG, run
from tests.support.chat_model import ANSWER, INPUT_TOKENS, OUTPUT_TOKENS, ChatModel
from tests.support.native_rest import NativeTrace, read_trace, said, usage_of
from tests.support.once import Once
from tests.support.processes import REPOSITORY, RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SESSION, USER = "session-of-the-request", "bea"
BY_OPENINFERENCE = [
    *(way for way in CONVERSATIONS if way.instrumentation == "openinference"),
    of_openai("openinference", "chat_async"),
    of_openai("openinference", "stream_async"),
    of_anthropic("openinference", "chat_async", remembers=True),
]
GRAPHS = [way for way in AGENTS if way.instrumentation == "openinference"]


@pytest.fixture(scope="module")
def model() -> Iterator[ChatModel]:
    with ChatModel() as model:
        yield model


@pytest.fixture(scope="module")
def autologged(runs: Runs, model: ChatModel) -> Any:  # Any: JSON
    return runs.seen(AUTOLOG, "autologged", **model.environment)


@pytest.fixture(scope="module")
def read(autologged: Any, trilha_server: RunningServer) -> Once[str, NativeTrace]:
    return Once(lambda way: read_trace(trilha_server.url, autologged["traces"][way]))


@pytest.fixture
def trace(read: Once[str, NativeTrace], way: Way | str) -> NativeTrace:
    return read(way if isinstance(way, str) else f"{way.library} {way.call}")


def each(ways: list[Way]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("way", ways, ids=[f"{way.library} {way.call}" for way in ways])


# The conversation.


def test_nothing_is_lost_and_nothing_is_complained_of(autologged: Any) -> None:
    assert autologged["unsent"] == 0
    assert autologged["stderr"] == ""


@each(BY_OPENINFERENCE)
def test_calls_of_the_client_are_steps_of_the_function_that_makes_them(trace: NativeTrace, way: Way) -> None:
    root, *calls = trace.spans
    assert (root["name"], root["type"], root["parent_id"]) == ("answer", "AGENT", None)
    assert [(call["parent_id"], call["status"]) for call in calls] == [(root["span_id"], "OK")] * 2
    assert all(root["start_ns"] <= call["start_ns"] < call["end_ns"] <= root["end_ns"] for call in calls)


@each(BY_OPENINFERENCE + GRAPHS)
def test_what_was_said_and_what_it_took_are_on_the_calls(trace: NativeTrace, way: Way) -> None:
    first, second = trace.of_models
    assert tuple(said(span[key]) for span in (first, second) for key in ("input_messages", "output_messages")) == (
        way.said
    )
    assert [usage_of(span["usage"]) for span in (first, second)] == [*way.usage]
    assert [(span["model"], span["provider"]) for span in (first, second)] == [(way.model, way.provider)] * 2
    assert [tool["name"] for span in (first, second) for tool in span["tools"]] == ["find_order"] * 2


@each(BY_OPENINFERENCE + GRAPHS)
def test_the_trace_has_their_tokens_and_cost(trace: NativeTrace, way: Way) -> None:
    assert usage_of(trace.info["usage"]) == way.usage[0] + way.usage[1]
    costs = [span["cost"]["total_usd"] for span in trace.of_models]
    assert all(costs)
    assert trace.info["cost"]["total_usd"] == pytest.approx(sum(costs))


@each(BY_OPENINFERENCE + GRAPHS)
def test_the_trace_keeps_its_session_its_user_and_its_answer(trace: NativeTrace, way: Way) -> None:
    assert (trace.info["session"], trace.info["user"]) == (SESSION, USER)
    assert QUESTION in trace.info["request_preview"]
    assert trace.info["response_preview"] == ANSWER


@pytest.mark.parametrize("way", ["openai at_once"])
def test_calls_at_the_same_time_are_each_under_their_own_step(trace: NativeTrace) -> None:
    assert trace.tree() == [["answer", ["step_async", ["ChatCompletion"]], ["step_async", ["ChatCompletion"]]]]


@pytest.mark.parametrize("way", ["openai leave_early"])
def test_a_stream_that_is_left_early_is_a_step_all_the_same(trace: NativeTrace) -> None:
    assert trace.tree() == [["answer", ["ChatCompletion"]]]
    assert trace.info["state"] == "OK"


@pytest.mark.parametrize("way", ["openai embed"])
def test_embeddings_count_their_tokens(trace: NativeTrace) -> None:
    (span,) = trace.typed("EMBEDDING")
    assert span["usage"]["input_tokens"] == trace.info["usage"]["input_tokens"] == 7


@pytest.mark.parametrize("way", ["openai ask alone"])
def test_a_call_outside_of_any_function_is_a_trace_of_its_own(trace: NativeTrace) -> None:
    assert trace.tree() == [["ChatCompletion"]]
    assert (trace.info["request_preview"], trace.info["response_preview"]) == (QUESTION, ANSWER)
    assert trace.info["usage"]["total_tokens"] == INPUT_TOKENS + OUTPUT_TOKENS


# Errors.


@pytest.mark.parametrize("way", ["openai fail", "openai fail_through", "openai fail alone"])
def test_an_error_of_the_provider_is_on_the_call(trace: NativeTrace) -> None:
    call = trace.spans[-1]
    assert call["status"] == "ERROR"
    assert "the model does not answer" in call["status_message"]
    assert [event["name"] for event in call["events"]] == ["exception"]
    assert QUESTION in str(call["inputs"])


@pytest.mark.parametrize(
    ("way", "state"), [("openai fail", "OK"), ("openai fail_through", "ERROR"), ("openai fail alone", "ERROR")]
)
def test_the_trace_has_failed_where_the_error_went_through(trace: NativeTrace, state: str) -> None:
    assert trace.info["state"] == state


# LangChain and LangGraph.


@pytest.mark.parametrize("way", ["langchain chain"])
def test_a_chain_is_one_trace_with_the_function_around_it(trace: NativeTrace) -> None:
    assert trace.tree() == [
        ["answer", ["RunnableSequence", ["ChatPromptTemplate"], ["ChatOpenAI"], ["StrOutputParser"]]]
    ]
    assert (trace.info["session"], trace.info["user"]) == (SESSION, USER)


@each(GRAPHS)
def test_a_graph_is_one_trace_and_what_its_tools_call_is_below_them(trace: NativeTrace, way: Way) -> None:
    assert trace.tree() == [
        [
            "answer",
            [
                "LangGraph",
                ["look_up", ["Policies"]],
                [
                    "agent",
                    [
                        "shop_agent",
                        ["model", ["ChatOpenAI"]],
                        ["tools", ["find_order", ["orders"]]],
                        ["model", ["ChatOpenAI"]],
                    ],
                ],
            ],
        ]
    ]
    (tool,) = trace.typed("TOOL")
    assert (tool["inputs"], tool["outputs"]) == (ARGUMENTS, FOUND)


@pytest.mark.parametrize("way", ["langchain graph_async"])
def test_a_graph_that_waits_for_nothing_is_the_same_tree(trace: NativeTrace) -> None:
    model, tools = ["model", ["ChatOpenAI"]], ["tools", ["find_order", ["orders"]]]
    assert trace.tree() == [["answer", ["shop_agent", model, tools, model]]]


@pytest.mark.parametrize("way", ["langchain and openai"])
def test_a_library_and_the_client_below_it_may_both_be_traced(trace: NativeTrace) -> None:
    calls = [span for span in trace.spans if span["name"] == "ChatCompletion"]
    steps = {span["span_id"]: span["name"] for span in trace.spans}
    assert [steps[call["parent_id"]] for call in calls] == ["model", "model"]
    assert len(trace.tree()) == 1


# On and off.


@pytest.mark.parametrize("way", ["anthropic before"])
def test_a_client_that_was_not_named_is_not_traced_though_it_can_trace_itself(trace: NativeTrace) -> None:
    assert trace.tree() == [["answer"]]


@pytest.mark.parametrize("way", ["openai off", "anthropic off", "langchain off"])
def test_nothing_is_traced_any_more_once_it_is_switched_off(trace: NativeTrace) -> None:
    assert trace.tree() == [["answer"]]


@pytest.mark.parametrize("way", ["openai on again"])
def test_it_can_be_switched_on_again(trace: NativeTrace) -> None:
    assert trace.tree() == [["answer", ["ChatCompletion"]]]


# What may be missing.

MISSING = """
import trilha

trilha.set_experiment("/t/missing")
try:
    trilha.dspy.autolog()
except ModuleNotFoundError as error:
    print(error)
trilha.dspy.autolog(disable=True)

@trilha.trace
def answer():
    return 1

answer()
trilha.flush_trace_async_logging()
print(len(trilha.search_traces(experiment_names=["/t/missing"])))
"""


def test_a_package_that_is_missing_is_named_and_the_application_can_go_on(
    trilha_server: RunningServer, tmp_path: Path
) -> None:
    ended = run(MISSING, trilha_server.url, tmp_path)
    assert ended.stdout.splitlines() == [
        "trilha.dspy.autolog() needs one more package: pip install openinference-instrumentation-dspy",
        "1",
    ]
    assert ended.stderr == ""


REFUSED = """
import sys
sys.modules["openai"] = None  # as where it is not installed
import trilha
trilha.openai.autolog()
trilha.openai.autolog(silent=True)
print("on it goes")
"""


def test_an_instrumentation_that_cannot_start_is_told_and_the_application_goes_on(tmp_path: Path) -> None:
    ended = run(REFUSED, "http://127.0.0.1:1", tmp_path)
    assert ended.stdout == "on it goes\n"
    assert ended.stderr.count("calls of the library are not traced") == 1


ELSEWHERE = """
from openinference.instrumentation.openai import OpenAIInstrumentor
OpenAIInstrumentor().instrument()
import trilha
trilha.openai.autolog()
trilha.openai.autolog(disable=True)
print(OpenAIInstrumentor().is_instrumented_by_opentelemetry)
"""


def test_an_instrumentation_that_somebody_else_started_is_left_alone_and_that_is_told(tmp_path: Path) -> None:
    ended = run(ELSEWHERE, "http://127.0.0.1:1", tmp_path)
    assert ended.stdout == "True\n"
    assert ended.stderr.count("somebody else has started it") == 1


def test_the_extras_bring_the_packages_along() -> None:
    project = tomllib.loads((REPOSITORY / "sdk" / "pyproject.toml").read_text())["project"]
    extras = {name: packages[0].partition(">")[0] for name, packages in project["optional-dependencies"].items()}
    known = {name.replace("_", "-"): integration.package for name, integration in INTEGRATIONS.items()}
    assert extras == {name: package for name, package in known.items() if name != "autogen"}
