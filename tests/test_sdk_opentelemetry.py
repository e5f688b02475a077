"""What speaks OpenTelemetry's interface in a process that `trilha` traces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.tests.support.conversation import MODEL
from tests.support.autolog_programs import run
from tests.support.chat_model import INPUT_TOKENS, OUTPUT_TOKENS, ChatModel
from tests.support.native_rest import read_trace
from tests.support.processes import RunningServer
from tests.support.sink import Sink

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def model() -> Iterator[ChatModel]:
    with ChatModel() as model:
        yield model


PLAIN = """
import json
import openai
from opentelemetry import trace as otel

import trilha

before = otel.get_tracer("shop.payments", "2.1")  # a library asks for it before anybody has set a provider
trilha.set_experiment("/t/plain")
trilha.openai.autolog()

@trilha.trace
def answer():
    earlier = otel.SpanContext(0xA1, 0xB2, is_remote=True)
    links = [otel.Link(earlier, {"why": "the order before"})]
    with before.start_as_current_span("charge", kind=otel.SpanKind.CLIENT, links=links) as span:
        span.set_attribute("amount", 5)
        openai.OpenAI(max_retries=0).chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "?"}]
        )
        with trilha.start_span("note"):
            pass

answer()
print(trilha.get_last_active_trace_id())
trilha.flush_trace_async_logging()
"""


def test_spans_of_opentelemetrys_own_interface_are_part_of_the_trace(
    trilha_server: RunningServer, model: ChatModel, tmp_path: Path
) -> None:
    ended = run(PLAIN, trilha_server.url, tmp_path, model.environment)
    trace = read_trace(trilha_server.url, ended.stdout.strip())
    assert trace.tree() == [["answer", ["charge", ["ChatCompletion"], ["note"]]]]
    charge = trace.spans[1]
    attributes = {"amount": 5, "otel.scope.name": "shop.payments", "otel.scope.version": "2.1"}
    assert {**attributes, "otel.span.kind": "CLIENT"}.items() <= charge["attributes"].items()
    (link,) = charge["links"]
    assert link == {"trace_id": f"tr-{0xA1:032x}", "span_id": f"{0xB2:016x}", "attributes": {"why": "the order before"}}


def test_the_kind_and_the_links_of_such_a_span_have_their_place_on_the_wire(model: ChatModel, tmp_path: Path) -> None:
    with Sink() as sink:
        run(PLAIN, sink.url, tmp_path, model.environment)
    spans = {span.name: span for request in sink.accepted for span in request.spans}
    assert {name: span.kind for name, span in spans.items()} == {
        "answer": 0,
        "charge": 3,
        "ChatCompletion": 0,
        "note": 0,
    }
    (link,) = spans["charge"].links
    assert (link.trace_id, link.span_id) == ((0xA1).to_bytes(16, "big"), (0xB2).to_bytes(8, "big"))


OWN = """
import openai
from opentelemetry import trace as otel
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import trilha

before = otel.get_tracer("shop.payments")
trilha.set_experiment("/t/own")
trilha.openai.autolog()
exported = InMemorySpanExporter()
otel.set_tracer_provider(TracerProvider())
otel.get_tracer_provider().add_span_processor(SimpleSpanProcessor(exported))

@trilha.trace
def answer():
    with before.start_as_current_span("charge"), otel.get_tracer("shop").start_as_current_span("pay"):
        openai.OpenAI(max_retries=0).chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "?"}]
        )

answer()
print(*[span.name for span in exported.get_finished_spans()])
print(trilha.get_last_active_trace_id())
trilha.flush_trace_async_logging()
"""


def test_a_provider_that_the_application_sets_after_autolog_has_its_spans_and_the_trace_those_of_autolog(
    trilha_server: RunningServer, model: ChatModel, tmp_path: Path
) -> None:
    ended = run(OWN, trilha_server.url, tmp_path, model.environment)
    theirs, trace_id = ended.stdout.splitlines()
    assert theirs == "pay charge"
    assert read_trace(trilha_server.url, trace_id).tree() == [["answer", ["ChatCompletion"]]]
    assert "not allowed" not in ended.stderr


BOTH = """
import openai
import trilha

trilha.set_experiment("/t/both")
trilha.openai.autolog()
openai.OpenAI(max_retries=0).chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "?"}])
print(trilha.get_last_active_trace_id())
trilha.flush_trace_async_logging()
"""


def test_the_conventions_of_opentelemetry_can_be_had_beside(
    trilha_server: RunningServer, model: ChatModel, tmp_path: Path
) -> None:
    settings = {**model.environment, "OPENINFERENCE_ENABLE_GENAI_SEMCONV": "true"}
    ended = run(BOTH, trilha_server.url, tmp_path, settings)
    (span,) = read_trace(trilha_server.url, ended.stdout.strip()).spans
    assert {"gen_ai.request.model", "llm.model_name"} <= span["attributes"].keys()
    assert (span["model"], span["usage"]["total_tokens"]) == (MODEL, INPUT_TOKENS + OUTPUT_TOKENS)
