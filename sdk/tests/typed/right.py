"""What type checkers know of traced functions and of what the package offers. It is checked, and never run."""

import functools
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import Any, overload

import trilha
import trilha as mlflow
from fastapi import FastAPI
from flask import Flask
from trilha.client import MlflowClient, PagedList
from trilha.entities import Feedback, LiveSpan, LoggedModel, PromptVersion, SpanType, Trace
from typing_extensions import assert_type  # Python 3.10 has none of its own

app = FastAPI()
flask_app = Flask(__name__)


@trilha.trace
def plain(question: str, times: int = 1) -> str:
    return question * times


@trilha.trace(name="named", span_type=SpanType.TOOL, attributes={"version": 3})
def named(question: str, *more: int, is_short: bool = False) -> list[str]:
    return [question, *map(str, more), str(is_short)]


@trilha.trace
async def waiting(question: str) -> int:
    return len(question)


@trilha.trace
def tokens(question: str) -> Iterator[str]:
    yield from question


@trilha.trace(output_reducer="".join)
def conversation(question: str) -> Generator[str, bytes, int]:
    said = yield question
    return len(said)


@trilha.trace
async def stream(question: str) -> AsyncIterator[str]:
    yield question


@trilha.trace(span_type="LLM")
async def exchange(question: str) -> AsyncGenerator[str, bytes]:
    said = yield question
    yield said.decode()


@overload
def either(value: int) -> int: ...
@overload
def either(value: str) -> str: ...
@trilha.trace
def either(value: int | str) -> int | str:
    return value


class Agent:
    @trilha.trace
    def answer(self, question: str) -> str:
        return question

    @trilha.trace(name="answer later")
    async def answer_later(self, question: str) -> str:
        return question

    @classmethod
    @trilha.trace
    def made(cls, name: str) -> "Agent":
        del name
        return cls()

    @trilha.trace
    @classmethod
    def made_otherwise(cls, name: str) -> "Agent":
        del name
        return cls()

    @staticmethod
    @trilha.trace
    def count(words: list[str]) -> int:
        return len(words)

    @trilha.trace(name="count")
    @staticmethod
    def count_otherwise(words: list[str]) -> int:
        return len(words)

    @property
    @trilha.trace
    def mood(self) -> str:
        return "calm"


@trilha.trace
@app.post("/outside")
def route_inside(question: str) -> dict[str, str]:
    return {"answer": question}


@app.post("/inside")
@trilha.trace(name="route")
async def route_outside(question: str) -> dict[str, str]:
    return {"answer": question}


@flask_app.get("/flask")
@trilha.trace
def flask_route() -> str:
    return "hello"


def calls_are_typed() -> None:
    assert_type(plain("a", times=2), str)
    assert_type(named("a", 1, 2, is_short=True), list[str])
    assert_type(tokens("a"), Iterator[str])
    assert_type(conversation("a"), Generator[str, bytes, int])
    assert_type(either(1), int)
    assert_type(either("a"), str)
    assert_type(trilha.trace(len)([1]), int)
    assert_type(trilha.trace(plain, name="other")("a"), str)
    assert_type(trilha.trace(functools.partial(plain, times=3))("a"), str)
    assert_type(route_inside("a"), dict[str, str])
    assert_type(flask_route(), str)


async def awaited_calls_are_typed() -> None:
    assert_type(await waiting("a"), int)
    assert_type(stream("a"), AsyncIterator[str])
    assert_type(exchange("a"), AsyncGenerator[str, bytes])
    async for token in stream("a"):
        assert_type(token, str)
    assert_type(await Agent().answer_later("a"), str)
    assert_type(await route_outside("a"), dict[str, str])


def methods_are_typed() -> None:
    agent = Agent.made("x")
    assert_type(agent, Agent)
    assert_type(Agent.made_otherwise(name="x"), Agent)
    assert_type(agent.made_otherwise("x"), Agent)
    assert_type(agent.answer(question="a"), str)
    assert_type(Agent.count(["a"]), int)
    assert_type(Agent.count_otherwise(["a"]), int)
    assert_type(agent.count_otherwise(words=["a"]), int)
    assert_type(agent.mood, str)


def spans_are_typed() -> None:
    with trilha.start_span("look up", span_type=SpanType.TOOL) as span:
        assert_type(span, LiveSpan)
        span.set_inputs({"question": "a"})
        span.set_attribute("model", "small")
    assert_type(trilha.start_span_no_context("long", parent_span=span), LiveSpan)
    assert_type(trilha.get_last_active_trace_id(), str | None)


def what_the_server_answers_is_typed() -> None:
    assert_type(trilha.search_traces(return_type="list"), list[Trace])
    assert_type(trilha.search_traces(["0"], "status = 'ERROR'", max_results=5, return_type="list"), list[Trace])
    table: Any = trilha.search_traces(filter_string="status = 'OK'")  # a DataFrame, or a list that is alike
    assert_type(table.empty, Any)
    assert_type(trilha.get_trace("tr-1"), Trace | None)
    assert_type(trilha.create_external_model(name="agent"), LoggedModel)
    client = MlflowClient(tracking_uri="http://127.0.0.1:5000")
    assert_type(client.search_traces(["0"]), PagedList[Trace])
    assert_type(client.search_traces(["0"]).token, str | None)
    assert_type(client.get_trace("tr-1"), Trace)
    assert_type(client.get_trace("tr-1").info.trace_id, str)
    client.set_trace_tag("tr-1", "key", "value")
    assert_type(client.log_feedback(trace_id=trilha.get_active_trace_id(), value=True), Feedback)
    assert_type(client.create_experiment("a"), str)


def the_guides_names_are_seen() -> None:
    mlflow.set_tracking_uri("databricks")
    mlflow.set_experiment("/Shared/production")
    mlflow.update_current_trace(tags={"environment": "production"}, client_request_id="r-1")
    mlflow.log_feedback(
        trace_id="tr-1",
        name="user_feedback",
        value=True,
        source=mlflow.entities.AssessmentSource(source_type="HUMAN", source_id="ann"),
    )
    assert_type(mlflow.entities.Feedback(name="good", value=1), Feedback)
    assert_type(mlflow.client.MlflowClient(), MlflowClient)
    assert_type(mlflow.MlflowClient().tracking_uri, str)
    mlflow.tracing.configure(span_processors=[mlflow.tracing.masks.secrets])
    with mlflow.tracing.context(session_id="s-1"):
        mlflow.set_trace_tag("tr-1", "key", "value")
    mlflow.tracing.set_destination(mlflow.entities.MlflowExperimentLocation("7"))
    assert_type(mlflow.tracing.stats().spans_sent, int)
    assert_type(mlflow.genai.load_prompt("greeting"), PromptVersion)
    assert_type(mlflow.load_prompt("greeting", version=1, allow_missing=True), PromptVersion | None)
    assert_type(mlflow.genai.register_prompt("greeting", "Hello {{name}}").variables, set[str])
    mlflow.flush_trace_async_logging(terminate=True)
    mlflow.openai.autolog()
    try:
        mlflow.get_trace("tr-1")
    except mlflow.exceptions.MlflowException as error:
        assert_type(error.error_code, str)
