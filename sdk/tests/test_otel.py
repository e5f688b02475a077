import asyncio
from collections.abc import Iterator

import pytest
import trilha
from opentelemetry import context as otel_context
from opentelemetry import propagate
from opentelemetry import trace as otel
from trilha import _otel
from trilha._context import bridges
from trilha._span_parts import SpanStatusCode
from trilha.testing import InMemory, in_memory


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told
    bridges.clear()


@pytest.fixture(name="tracer")
def _tracer(told: InMemory) -> otel.Tracer:
    return _otel.provider(is_global=False).get_tracer("a.library")


def test_spans_of_both_interfaces_are_one_tree(told: InMemory, tracer: otel.Tracer) -> None:
    @trilha.trace
    def leaf() -> None:
        with tracer.start_as_current_span("otel leaf"):
            pass

    with tracer.start_as_current_span("otel root"), trilha.start_span("ours"):
        with tracer.start_as_current_span("otel inner"):
            leaf()
        leaf()
    assert told.tree() == [["otel root", ["ours", ["otel inner", ["leaf", ["otel leaf"]]], ["leaf", ["otel leaf"]]]]]
    assert told.span("otel root").get_attribute("otel.scope.name") == "a.library"
    assert trilha.get_current_active_span() is None


def test_a_span_that_was_open_before_the_interface_was_used_is_the_parent(told: InMemory) -> None:
    with trilha.start_span("before"):
        tracer = _otel.provider(is_global=False).get_tracer("l")
        span = tracer.start_span("instrumented")
        token = otel_context.attach(otel.set_span_in_context(span))
        with trilha.start_span("tool"):
            pass
        otel_context.detach(token)
        span.end()
    assert told.tree() == [["before", ["instrumented", ["tool"]]]]


def test_what_instrumentations_say_of_a_span_is_kept(told: InMemory, tracer: otel.Tracer) -> None:
    with (
        pytest.raises(ValueError, match="boom"),
        tracer.start_as_current_span(
            "chat", kind=otel.SpanKind.CLIENT, attributes={"openinference.span.kind": "LLM"}
        ) as span,
    ):
        span.set_attribute("llm.token_count.prompt", 3)
        span.add_event("first token", {"n": 1})
        raise ValueError("boom")
    kept = told.span("chat")
    assert kept.attributes == {
        "openinference.span.kind": "LLM",
        "llm.token_count.prompt": 3,
        "otel.scope.name": "a.library",
        "otel.span.kind": "CLIENT",
    }
    assert [event.name for event in kept.events] == ["first token", "exception"]
    assert kept.status.status_code is SpanStatusCode.ERROR


def test_what_is_below_a_trace_that_is_not_kept_is_not_kept(told: InMemory, tracer: otel.Tracer) -> None:
    with trilha.tracing.context(enabled=False):
        with tracer.start_as_current_span("otel"), trilha.start_span("ours"):
            pass
        with trilha.tracing.context(enabled=True), tracer.start_as_current_span("kept"):
            pass
    assert told.names == ["kept"]


def test_a_remote_parent_of_the_interface_is_ours_too(told: InMemory, tracer: otel.Tracer) -> None:
    headers = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    token = otel_context.attach(propagate.extract(headers))
    with trilha.start_span("served"):
        sent: dict[str, str] = {}
        propagate.inject(sent)
    otel_context.detach(token)
    span = told.span("served")
    assert (span.trace_id, span.parent_id) == ("tr-" + "a" * 32, "b" * 16)
    assert sent["traceparent"] == f"00-{'a' * 32}-{span.span_id}-01"


def test_tasks_keep_the_parent_across_interfaces(told: InMemory, tracer: otel.Tracer) -> None:
    async def work(number: int) -> None:
        with tracer.start_as_current_span(f"otel {number}"):
            await asyncio.sleep(0)
            with trilha.start_span(f"ours {number}"):
                await asyncio.sleep(0)

    async def root() -> None:
        with trilha.start_span("root"):
            await asyncio.gather(work(1), work(2))

    asyncio.run(root())
    assert told.tree() == [["root", ["otel 1", ["ours 1"]], ["otel 2", ["ours 2"]]]]
