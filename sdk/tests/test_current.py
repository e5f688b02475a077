import contextvars
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import trilha
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans
from trilha import _settings, tracing
from trilha._export.encode import encode_span
from trilha._noop import NoOpSpan
from trilha._span_parts import SpanEvent, SpanStatus, SpanStatusCode
from trilha.testing import InMemory, counting, in_memory
from trilha.tracing._requests import RequestHeaders, serving


@pytest.fixture(name="told")
def _told() -> Iterator[InMemory]:
    with in_memory() as told:
        yield told


def test_a_trace_takes_all_that_is_said_of_it(told: InMemory) -> None:
    with trilha.start_span("outer"), trilha.start_span("inner"):
        trilha.update_current_trace(
            tags={"environment": "production", "none": None, "n": 5},
            metadata={"k": "v"},
            client_request_id="r-1",
            request_preview="q",
            response_preview="a",
            state="ERROR",
            model_id="m-1",
            session_id="s-1",
            user="u-1",
        )
    (trace,) = told.traces
    assert trace.tags == {"environment": "production", "n": "5"}
    assert (trace.client_request_id, trace.request_preview, trace.response_preview, trace.state) == (
        "r-1",
        "q",
        "a",
        "ERROR",
    )
    said = {key: trace.metadata[key] for key in ("k", "mlflow.modelId", "mlflow.trace.session", "mlflow.trace.user")}
    assert list(said.values()) == ["v", "m-1", "s-1", "u-1"]


def test_without_a_trace_there_is_one_warning(told: InMemory, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        trilha.update_current_trace(tags={"a": "b"})
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("tags", [5, {"k": object()}, [("a",)], "text"])
def test_what_cannot_be_said_hurts_nobody(told: InMemory, tags: Any) -> None:
    with trilha.start_span("root"):
        trilha.update_current_trace(tags=tags, state="BROKEN")
    assert told.traces[0].state is None


def test_tags_are_set_and_deleted_by_the_id_of_a_trace_that_goes_on(told: InMemory) -> None:
    span = trilha.start_span_no_context("root", tags={"a": "1"}, inputs={"q": 1})
    trilha.set_trace_tag(span.trace_id, "b", "2")
    trilha.delete_trace_tag(span.trace_id, "a")
    trilha.set_trace_tag(span.trace_id, "mlflow.artifactLocation", "/etc")
    child = trilha.start_span_no_context("child", parent_span=span)
    child.end(outputs=3, attributes={"k": 1}, status="ERROR", end_time_ns=child.start_time_ns + 5)
    span.end()
    assert told.traces[0].tags == {"b": "2"}
    assert told.tree() == [["root", ["child"]]]
    assert (child.outputs, child.end_time_ns, child.status.status_code) == (3, child.start_time_ns + 5, "ERROR")


def test_the_current_and_the_last_trace_are_known(told: InMemory) -> None:
    assert trilha.get_active_trace_id() is None
    with trilha.start_span("root") as span:
        assert trilha.get_active_trace_id() == span.trace_id
        assert trilha.get_current_active_span() is span
    assert trilha.get_last_active_trace_id() == span.trace_id
    assert trilha.get_last_active_trace_id(thread_local=True) == span.trace_id
    assert contextvars.Context().run(trilha.get_last_active_trace_id, thread_local=True) is None


def test_a_span_by_hand_takes_what_is_said_of_it(told: InMemory) -> None:
    with pytest.raises(KeyError), trilha.start_span("s", "TOOL", attributes={"a": 1}) as span:
        span.set_attributes({"b": {"c": [1]}})
        span.set_status(SpanStatus(SpanStatusCode.OK, "fine"))
        span.add_event(SpanEvent("happened", attributes={"x": 1}))
        span.set_span_type("RETRIEVER")
        raise KeyError("k")
    assert (span.span_type, span.get_attribute("b"), span.status.description) == (
        "RETRIEVER",
        {"c": [1]},
        "KeyError: 'k'",
    )
    assert [event.name for event in span.events] == ["happened", "exception"]
    span.set_outputs("too late")
    assert span.outputs is None


def test_ids_count_and_the_clock_stands_where_a_test_wants_it(told: InMemory) -> None:
    with counting() as clock, trilha.start_span("s"):
        clock.move_s(2)
    span = told.span("s")
    assert (span.trace_id, span.span_id) == ("tr-" + "1".zfill(32), "1".zfill(16))
    assert span.end_time_ns == span.start_time_ns + 2_000_000_000


def test_surroundings_nest_and_the_inner_wins(told: InMemory) -> None:
    with tracing.context(tags={"a": "1", "b": "1"}, session_id="s"), tracing.context(tags={"b": "2"}, user="u"):
        with trilha.start_span("root"):
            pass
    (trace,) = told.traces
    assert trace.tags == {"a": "1", "b": "2"}
    assert (trace.metadata["mlflow.trace.session"], trace.metadata["mlflow.trace.user"]) == ("s", "u")


def test_tracing_is_switched_off_for_a_block_a_process_and_by_the_environment(
    told: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tracing.context(enabled=False), trilha.start_span("no") as span:
        assert isinstance(span, NoOpSpan)
        assert not tracing.is_enabled()
    tracing.disable()
    with trilha.start_span("no"):
        pass
    tracing.enable()
    with trilha.start_span("yes"):
        pass
    monkeypatch.setenv("MLFLOW_TRACING_ENABLED", "false")
    _settings.forget()
    with trilha.start_span("no"):
        pass
    assert told.names == ["yes"]


def test_what_the_environment_says_is_on_every_trace_unless_the_trace_says_otherwise(
    told: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRILHA_TAGS", "environment=production,region=eu")
    monkeypatch.setenv("MLFLOW_ACTIVE_MODEL_ID", "support-git-98207f02")
    _settings.forget()
    with trilha.start_span("root"):
        trilha.update_current_trace(tags={"region": "us"}, metadata={"mlflow.source.name": "app.py"})
    (trace,) = told.traces
    assert trace.tags == {"environment": "production", "region": "us"}
    assert trace.metadata["mlflow.modelId"] == "support-git-98207f02"
    assert trace.metadata["mlflow.source.name"] == "app.py"
    assert trace.metadata["mlflow.source.type"] in ("LOCAL", "UNKNOWN")  # what the test's worker is


def test_traces_go_where_the_call_the_context_or_the_process_says(told: InMemory) -> None:
    def local() -> None:
        tracing.set_destination("/of/context", context_local=True)
        with trilha.start_span("context"), trilha.start_span("child"):
            pass
        with trilha.start_span("call", trace_destination="7"):
            pass

    tracing.set_destination("/of/process")
    contextvars.copy_context().run(local)
    with trilha.start_span("process"):
        pass
    places = {span.name: span.trace.destination for span in told.roots}
    assert (places["context"].experiment, places["call"].experiment_id) == ("/of/context", "7")
    assert places["process"].experiment == "/of/process"


def test_headers_carry_trace_session_and_user_to_another_process(told: InMemory) -> None:
    with trilha.start_span("caller") as caller:
        trilha.update_current_trace(session_id="s 1", user="ü")
        headers = tracing.get_tracing_context_headers_for_http_request()

    def other() -> None:
        with tracing.set_tracing_context_from_http_request_headers(
            {key.title(): value for key, value in headers.items()}
        ):
            with trilha.start_span("called"):
                trilha.update_current_trace(tags={"seen": "yes"})

    contextvars.Context().run(other)
    called = told.span("called")
    assert (called.trace_id, called.parent_id) == (caller.trace_id, caller.span_id)
    assert called.is_local_root
    assert called.trace.tags == {"seen": "yes"}
    assert (called.trace.metadata["mlflow.trace.session"], called.trace.metadata["mlflow.trace.user"]) == ("s 1", "ü")
    written = ScopeSpans.FromString(encode_span(called)).spans[0].attributes
    assert {item.key: item.value.string_value for item in written}.items() >= {
        "session.id": "s 1",
        "user.id": "ü",
    }.items()


@pytest.mark.parametrize(
    "headers", [{}, {"traceparent": "garbage"}, {"traceparent": f"00-{'0' * 32}-{'1' * 16}-01"}, None]
)
def test_headers_without_a_trace_change_nothing(told: InMemory, headers: Any) -> None:
    with tracing.set_tracing_context_from_http_request_headers(headers), trilha.start_span("root"):
        pass
    assert told.span("root").parent_id is None


def test_a_caller_that_is_not_kept_has_no_kept_callees(told: InMemory) -> None:
    with tracing.context(enabled=False):
        assert tracing.get_tracing_context_headers_for_http_request() == {}
    _settings.change(sampling_ratio=0.0)
    with trilha.start_span("not kept"):
        headers = tracing.get_tracing_context_headers_for_http_request()
    _settings.change(sampling_ratio=1.0)
    with tracing.set_tracing_context_from_http_request_headers(headers), trilha.start_span("called"):
        pass
    assert told.spans == []


def test_a_function_is_carried_into_threads(told: InMemory) -> None:
    @trilha.trace
    def leaf() -> None: ...

    with ThreadPoolExecutor(2) as pool:
        with trilha.start_span("root"):
            carried = tracing.propagate(leaf)
            for future in [pool.submit(carried), pool.submit(carried)]:
                future.result()
        pool.submit(leaf).result()
    assert sorted(told.tree(), key=len) == [["leaf"], ["root", ["leaf"], ["leaf"]]]


def test_threads_take_the_trace_along_where_that_is_asked_for(told: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadPoolExecutor, "submit", ThreadPoolExecutor.submit)
    monkeypatch.setattr(threading.Thread, "start", threading.Thread.start)
    tracing.instrument_threads()
    tracing.instrument_threads()

    @trilha.trace
    def leaf(number: int) -> int:
        return number

    with trilha.start_span("root"):
        with ThreadPoolExecutor(1) as pool:
            assert list(pool.map(leaf, range(2))) == [0, 1]
        thread = threading.Thread(target=leaf, args=(2,))
        thread.start()
        thread.join()
    assert told.tree() == [["root", ["leaf"], ["leaf"], ["leaf"]]]


@pytest.mark.parametrize(
    "begin",
    [
        lambda: tracing.context(tags={"a": "b"}, enabled=False),
        lambda: tracing.set_tracing_context_from_http_request_headers({"baggage": "session.id=s"}),
        lambda: serving({}, RequestHeaders(), method="GET", path="/", has_root_span=True),
    ],
    ids=["said here", "said by a caller", "a request"],
)
def test_a_block_that_is_left_in_another_context_raises_nothing(told: InMemory, begin: Callable[[], Any]) -> None:
    block = begin()
    contextvars.copy_context().run(block.__enter__)
    block.__exit__(None, None, None)
    with trilha.start_span("after"):
        pass
    assert told.span("after").trace.tags == {}
