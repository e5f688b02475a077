import asyncio
import functools
import gc
import inspect
import json
import operator
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import trilha
from trilha import _faults
from trilha._span_parts import Link, SpanStatusCode
from trilha.testing import InMemory, in_memory


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


def test_arguments_with_their_defaults_are_the_inputs(told: InMemory) -> None:
    @trilha.trace
    def ask(question: str, *, top: int = 3) -> str:
        return question.upper()

    assert ask("why") == "WHY"
    span = told.span("ask")
    assert (span.inputs, span.outputs) == ({"question": "why", "top": 3}, "WHY")
    assert span.get_attribute("mlflow.spanFunctionName") == "ask"
    assert span.status.status_code is SpanStatusCode.OK


def _plain(a: Any, b: Any = 2) -> None: ...


def _keywords(a: Any, *, k: Any = 1) -> None: ...


def _rests(a: Any, *more: Any, **named: Any) -> None: ...


def _places(a: Any, /, b: Any = 5) -> None: ...


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "inputs"),
    [
        (_plain, (1,), {}, {"a": 1, "b": 2}),
        (_plain, (), {"b": 1, "a": 0}, {"a": 0, "b": 1}),
        (_keywords, (1,), {"k": 4}, {"a": 1, "k": 4}),
        (_rests, (1, 2, 3), {"x": 4}, {"a": 1, "more": [2, 3], "named": {"x": 4}}),
        (_rests, (1,), {}, {"a": 1}),
        (_places, (1,), {}, {"a": 1, "b": 5}),
        (functools.partial(_plain, 7), (), {}, {"b": 2}),
        (operator.add, (1, 2), {}, {"a": 1, "b": 2}),
        (max, (1, 2), {}, {"args": [1, 2]}),
    ],
)
def test_arguments_are_bound_as_the_call_binds_them(
    told: InMemory, function: Callable[..., Any], args: Any, kwargs: Any, inputs: Any
) -> None:
    traced = trilha.trace(function)
    traced(*args, **kwargs)
    if isinstance(function, functools.partial):
        inputs = {"a": 7, **inputs} if told.spans[0].inputs.get("a") else inputs
    assert told.spans[0].inputs == inputs


class Agent:
    def __len__(self) -> int:
        return 0

    @trilha.trace
    def method(self, x: int) -> int:
        return x

    @trilha.trace
    @classmethod
    def outer(cls, x: int) -> int:
        return x

    @classmethod
    @trilha.trace
    def inner(cls, x: int) -> int:
        return x

    @trilha.trace
    @staticmethod
    def static_outer(x: int) -> int:
        return x

    @staticmethod
    @trilha.trace
    def static_inner(x: int) -> int:
        return x


@pytest.mark.parametrize("name", ["method", "outer", "inner", "static_outer", "static_inner"])
def test_methods_are_traced_without_self_and_cls(told: InMemory, name: str) -> None:
    assert getattr(Agent(), name)(4) == 4
    assert told.span(name).inputs == {"x": 4}


def test_a_call_that_does_not_fit_raises_as_it_does_untraced(told: InMemory) -> None:
    traced: Any = trilha.trace(_plain)
    with pytest.raises(TypeError, match="missing 1 required"):
        traced()
    assert told.spans[0].status.status_code is SpanStatusCode.ERROR


def test_parentheses_take_all_that_is_known_of_a_span(told: InMemory) -> None:
    link = Link("tr-" + "a" * 32, "b" * 16)

    @trilha.trace(
        name="llm",
        span_type="LLM",
        attributes={"k": [1]},
        log_level="WARNING",
        links=[link],
        description="asks",
        trace_destination="/a/b",
    )
    def ask() -> None: ...

    ask()
    span = told.span("llm")
    assert (span.span_type, span.get_attribute("k"), span.log_level, span.description) == ("LLM", [1], 30, "asks")
    assert span.links == [link]
    assert span.trace.destination.experiment == "/a/b"


def test_nested_calls_are_one_tree(told: InMemory) -> None:
    @trilha.trace
    def leaf() -> None: ...

    @trilha.trace
    async def branch() -> None:
        leaf()

    @trilha.trace
    async def root() -> None:
        await asyncio.gather(branch(), branch())
        await asyncio.to_thread(leaf)

    asyncio.run(root())
    assert told.tree() == [["root", ["branch", ["leaf"]], ["branch", ["leaf"]], ["leaf"]]]


def test_the_function_keeps_its_kind_name_and_signature() -> None:
    async def ask(question: str, top: int = 3) -> str:
        """Ask."""
        return question

    traced: Any = trilha.trace(ask)
    assert inspect.iscoroutinefunction(traced)
    assert inspect.signature(traced) == inspect.signature(ask)
    assert (traced.__name__, traced.__doc__, traced.__wrapped__, traced.__mlflow_traced__) == ("ask", "Ask.", ask, True)


def test_outputs_that_the_body_sets_stand(told: InMemory) -> None:
    @trilha.trace
    def ask() -> str:
        span = trilha.get_current_active_span()
        assert span is not None
        span.set_outputs({"short": 1})
        return "long"

    assert ask() == "long"
    assert told.span("ask").outputs == {"short": 1}


def test_an_error_is_told_and_raised_unchanged(told: InMemory) -> None:
    error = ValueError("boom")

    @trilha.trace
    def fails() -> None:
        raise error

    with pytest.raises(ValueError, match="boom") as caught:
        fails()
    assert caught.value is error
    span = told.span("fails")
    assert (span.status.status_code, span.status.description) == (SpanStatusCode.ERROR, "ValueError: boom")
    (event,) = span.events
    assert event.name == "exception"
    assert event.attributes["exception.type"] == "ValueError"
    assert "in fails" in event.attributes["exception.stacktrace"]


def test_inputs_are_those_of_the_moment_of_the_call(told: InMemory) -> None:
    @trilha.trace
    def grow(items: list[int]) -> None:
        items.append(2)

    grow([1])
    assert told.span("grow").inputs == {"items": [1]}


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError

    def __str__(self) -> str:
        raise SystemError

    def to_dict(self) -> None:
        raise LookupError


def test_objects_that_cannot_be_read_hurt_neither_the_call_nor_the_trace(told: InMemory) -> None:
    @trilha.trace
    def echo(value: Any) -> Any:
        return value

    broken = Broken()
    assert echo(broken) is broken
    assert told.span("echo").inputs == {"value": "<Broken>"}


def test_no_address_in_memory_is_kept(told: InMemory) -> None:
    @trilha.trace
    def echo(*values: Any) -> None: ...

    echo(object(), threading.Lock(), iter([1]), [{"deep": (number for number in [1])}], echo)
    written = json.dumps(told.span("echo").inputs)
    assert "0x" not in written
    assert "object>" in written


def test_errors_without_text_are_raised_unchanged(told: InMemory) -> None:
    class Silent(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    @trilha.trace
    def fails() -> None:
        raise Silent

    with pytest.raises(Silent):
        fails()
    assert told.span("fails").status.description.startswith("Silent")
    assert _faults.counts() == {"an error could not be told": 1}


@trilha.trace
def count(to: int) -> Iterator[int]:
    for number in range(to):
        trilha.trace(_plain)(number)
        yield number


def test_a_generator_is_one_span_with_its_chunks(told: InMemory) -> None:
    for _ in count(2):
        assert trilha.get_current_active_span() is None, "the span is active only while the body runs"
    span = told.span("count")
    assert span.outputs == [0, 1]
    assert [(event.name, event.attributes) for event in span.events] == [
        ("mlflow.chunk.item.0", {"mlflow.chunk.value": "0"}),
        ("mlflow.chunk.item.1", {"mlflow.chunk.value": "1"}),
    ]
    assert told.tree() == [["count", ["_plain"], ["_plain"]]]


def test_a_generator_that_is_closed_early_keeps_its_trace_and_says_so(told: InMemory) -> None:
    numbers = count(9)
    next(numbers)
    del numbers
    gc.collect()
    span = told.span("count")
    assert (span.outputs, span.get_attribute("trilha.cancelled"), span.status.description) == ([0], True, "cancelled")


def test_what_is_sent_and_thrown_into_a_generator_reaches_its_body(told: InMemory) -> None:
    @trilha.trace
    def talk() -> Any:
        heard: list[Any] = []
        for _ in range(2):
            try:
                heard.append((yield len(heard)))
            except KeyError as error:
                heard.append(str(error))
        return heard

    talking = talk()
    next(talking)
    talking.send("hello")
    with pytest.raises(StopIteration) as end:
        talking.throw(KeyError("k"))
    assert end.value.value == ["hello", "'k'"]
    assert told.span("talk").status.status_code is SpanStatusCode.OK


def test_a_generator_that_fails_tells_its_chunks_and_its_error(told: InMemory) -> None:
    @trilha.trace(output_reducer="".join)
    def fails() -> Iterator[str]:
        yield "a"
        yield "b"
        raise ValueError("boom")

    with pytest.raises(ValueError, match="boom"):
        list(fails())
    span = told.span("fails")
    assert (span.outputs, span.status.description) == ("ab", "ValueError: boom")


@trilha.trace(output_reducer=sum)
async def acount(to: int) -> AsyncIterator[int]:
    for number in range(to):
        trilha.trace(_plain)(number)
        yield number


def test_an_async_generator_is_one_span(told: InMemory) -> None:
    async def listen() -> None:
        assert [number async for number in acount(4)] == [0, 1, 2, 3]

    asyncio.run(listen())
    assert told.span("acount").outputs == 6
    assert told.tree() == [["acount", ["_plain"], ["_plain"], ["_plain"], ["_plain"]]]


@pytest.mark.parametrize("ending", ["aclose", "dropped", "cancelled"])
def test_an_async_generator_that_is_closed_early_keeps_its_trace(told: InMemory, ending: str) -> None:
    async def listen() -> None:
        numbers: Any = acount(9)
        assert await anext(numbers) == 0
        assert await anext(numbers) == 1
        if ending == "aclose":
            await numbers.aclose()
        elif ending == "cancelled":
            with pytest.raises(asyncio.CancelledError):
                await numbers.athrow(asyncio.CancelledError())

    asyncio.run(listen())
    gc.collect()
    span = told.span("acount")
    assert (span.outputs, span.get_attribute("trilha.cancelled")) == (1, True)


def test_a_reducer_is_for_generators_alone() -> None:
    with pytest.raises(ValueError, match="generators"):
        trilha.trace(output_reducer=sum)(_plain)


@pytest.mark.parametrize("ratio", [-0.1, 1.5])
def test_a_share_beyond_its_bounds_is_refused_where_it_is_written(ratio: float) -> None:
    with pytest.raises(ValueError, match=r"from 0\.0 to 1\.0"):
        trilha.trace(sampling_ratio_override=ratio)


def test_what_is_below_a_trace_that_is_not_kept_is_not_kept_either(told: InMemory) -> None:
    @trilha.trace(sampling_ratio_override=0.0)
    def root() -> None:
        list(count(2))
        with trilha.start_span("by hand") as span:
            span.set_inputs(1)

    root()
    assert told.spans == []


def test_about_the_share_that_is_asked_for_is_kept(told: InMemory) -> None:
    root = trilha.trace(sampling_ratio_override=0.25)(_plain)
    for _ in range(2000):
        root(1)
    assert 400 < len(told.spans) < 600


def test_arguments_are_not_asked_whether_they_are_true(told: InMemory) -> None:
    class Rows:
        def __bool__(self) -> bool:
            raise ValueError("the truth of rows is ambiguous")

    def decorated(*args: Any, **kwargs: Any) -> None: ...

    root: Callable[..., None] = trilha.trace(functools.wraps(_plain)(decorated))
    root(1, Rows())
    assert set(told.span("_plain").inputs) == {"a", "b"}
