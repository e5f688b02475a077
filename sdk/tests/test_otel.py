import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trilha
from opentelemetry import context as otel_context
from opentelemetry import propagate
from opentelemetry import trace as otel
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from trilha import _otel
from trilha._context import bridges
from trilha._export.encode import encode_span
from trilha._span_parts import SpanStatusCode
from trilha.testing import InMemory, in_memory


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told
    bridges.clear()
    _otel.open_in_libraries.clear()
    _otel.muted_tracers.clear()


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


@pytest.mark.parametrize("kind", list(otel.SpanKind))
def test_the_kind_of_a_span_has_its_place_on_the_wire(told: InMemory, tracer: otel.Tracer, kind: otel.SpanKind) -> None:
    with tracer.start_as_current_span("step", kind=kind):
        pass
    (span,) = ScopeSpans.FromString(encode_span(told.span("step"))).spans
    assert span.kind == (0 if kind is otel.SpanKind.INTERNAL else kind.value + 1)


def test_a_kind_that_there_is_not_is_an_attribute_and_no_more(told: InMemory) -> None:
    with trilha.start_span("step", attributes={"otel.span.kind": ["CLIENT"]}):
        pass
    (span,) = ScopeSpans.FromString(encode_span(told.span("step"))).spans
    assert (span.kind, "otel.span.kind" in {pair.key for pair in span.attributes}) == (0, True)


def test_the_version_of_a_library_is_known(told: InMemory) -> None:
    _otel.provider(is_global=False).get_tracer("a.library", "1.2").start_span("step").end()
    assert told.span("step").get_attribute("otel.scope.version") == "1.2"


def test_a_span_that_a_library_keeps_out_of_the_context_is_the_parent_while_it_is_the_innermost(
    told: InMemory, tracer: otel.Tracer
) -> None:
    opened: list[otel.Span] = []
    _otel.open_in_libraries["a.library"] = lambda: opened[-1] if opened else None
    with trilha.start_span("root"):
        opened.append(tracer.start_span("node"))
        with trilha.start_span("step"):
            tracer.start_span("inner").end()
        opened[-1].end()
        with trilha.start_span("after"):
            pass
    assert told.tree() == [["root", ["node", ["step", ["inner"]]], ["after"]]]


def test_a_library_that_cannot_say_which_span_is_open_stops_nothing(told: InMemory, tracer: otel.Tracer) -> None:
    def broken() -> otel.Span:
        raise ValueError

    _otel.open_in_libraries["a.library"] = broken
    with trilha.start_span("root"):
        tracer.start_span("step").end()
    assert told.tree() == [["root", ["step"]]]


def test_what_a_library_tells_besides_its_instrumentation_is_not_told_twice(
    told: InMemory, tracer: otel.Tracer
) -> None:
    _otel.muted_tracers.add("a.client")
    own = _otel.provider(is_global=False).get_tracer("a.client")
    with tracer.start_as_current_span("instrumented"), own.start_as_current_span("own") as span:
        assert not span.is_recording()
        with trilha.start_span("below"):
            pass
    assert told.tree() == [["instrumented", ["below"]]]
    with own.start_as_current_span("own"), trilha.start_span("root"):
        pass
    assert told.tree()[1:] == [["root"]]


def test_instrumentations_may_read_what_they_have_said(tracer: otel.Tracer) -> None:
    span = tracer.start_span("chat", attributes={"llm.model_name": "m"})
    assert isinstance(span, _otel.OtelSpan)
    assert span.attributes["llm.model_name"] == "m"
    span.end()


def test_a_bridged_provider_makes_spans_here_and_leaves_that_of_the_process_alone(told: InMemory) -> None:
    before = otel.get_tracer_provider()
    with trilha.start_span("ours"):
        trilha.tracing.get_bridged_tracer_provider().get_tracer("a.library").start_span("call").end()
    assert told.tree() == [["ours", ["call"]]]
    assert otel.get_tracer_provider() is before


def test_traces_of_the_applications_own_provider_are_whole_whatever_of_ours_is_between(
    told: InMemory, tracer: otel.Tracer
) -> None:
    exported = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exported))
    own = provider.get_tracer("the application")
    _otel.muted_tracers.add("a.client")
    muted = _otel.provider(is_global=False).get_tracer("a.client")
    with own.start_as_current_span("request") as request:
        with trilha.start_span("ours"), tracer.start_as_current_span("call"), muted.start_as_current_span("muted"):
            sent: dict[str, str] = {}
            propagate.inject(sent)
            with own.start_as_current_span("query"), trilha.start_span("inner"):
                own.start_span("deep").end()
        with trilha.tracing.context(enabled=False), trilha.start_span("not kept"):
            own.start_span("unseen").end()
    with trilha.start_span("alone") as alone:
        own.start_span("below ours").end()
    theirs = {span.name: span for span in exported.get_finished_spans()}
    ids = {name: span.get_span_context() or otel.INVALID_SPAN_CONTEXT for name, span in theirs.items()}
    names = {context.span_id: name for name, context in ids.items()}
    parents = {name: names.get(span.parent.span_id) for name, span in theirs.items() if span.parent}
    assert parents == {"query": "request", "deep": "query", "unseen": "request", "below ours": None}
    assert sent["traceparent"].split("-")[2] == f"{request.get_span_context().span_id:016x}"
    assert f"tr-{ids['below ours'].trace_id:032x}" == alone.trace_id
    assert told.tree() == [["ours", ["call"], ["inner"]], ["alone"]]


def test_where_nobody_has_a_provider_the_interface_passes_our_spans_on(told: InMemory, tracer: otel.Tracer) -> None:
    silent = otel.NoOpTracer()
    with trilha.start_span("outer"), silent.start_as_current_span("nothing"), trilha.start_span("inner") as inner:
        sent: dict[str, str] = {}
        propagate.inject(sent)
    assert told.tree() == [["outer", ["inner"]]]
    assert sent["traceparent"].split("-")[2] == inner.span_id


OWN_PROVIDER = """
import json
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import trilha
from trilha.testing import in_memory

before = otel.get_tracer("before")
kept = InMemorySpanExporter()
with in_memory() as told:
    instrumentation = trilha.tracing.tracer_provider().get_tracer("instrumentation")
    after = otel.get_tracer("after", "1.0")

    @after.start_as_current_span("called")
    def called():
        pass

    def work():
        with trilha.start_span("ours"), before.start_as_current_span("b"), after.start_as_current_span("a"):
            called()
            instrumentation.start_span("autolog").end()

    work()
    first, looks_free = told.tree(), isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider)
    told.clear()
    otel.set_tracer_provider(TracerProvider())
    otel.get_tracer_provider().add_span_processor(SimpleSpanProcessor(kept))
    trilha.tracing.tracer_provider()
    work()
    theirs = [(span.name, span.instrumentation_scope.name) for span in kept.get_finished_spans()]
    print(json.dumps([first, looks_free, told.tree(), theirs]))
"""


def test_an_application_that_sets_its_own_provider_later_has_its_spans_and_we_have_ours() -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(trilha.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", OWN_PROVIDER], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    first, looks_free, ours, theirs = json.loads(done.stdout)
    assert first == [["ours", ["b", ["a", ["called"], ["autolog"]]]]]
    assert looks_free
    assert ours == [["ours", ["autolog"]]]
    assert theirs == [["called", "after"], ["a", "after"], ["b", "before"]]
    assert done.stderr == ""
