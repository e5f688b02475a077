"""What MLflow's clients trace, they read back as they made it."""

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.clients import LEAN_NEWEST, LEAN_OLDEST, NEWEST, OLDEST, Client
from tests.support.runs import Runs

pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class Flavour:
    """A client and the way it exports."""

    client: Client
    is_async: bool

    def seen(self, runs: Runs) -> Any:  # Any: a JSON document
        """Tell what it saw of the traced calls."""
        return runs.seen(
            self.client,
            "traced_calls",
            MLFLOW_ENABLE_ASYNC_TRACE_LOGGING=str(self.is_async).lower(),
            CAN_JUDGE="no" if self.client.is_oldest else "yes",
        )


FLAVOURS = {
    "newest, asynchronous": Flavour(NEWEST, is_async=True),
    "newest, synchronous": Flavour(NEWEST, is_async=False),
    "lean newest, asynchronous": Flavour(LEAN_NEWEST, is_async=True),
    "oldest, asynchronous": Flavour(OLDEST, is_async=True),
    "oldest, synchronous": Flavour(OLDEST, is_async=False),
    "lean oldest, asynchronous": Flavour(LEAN_OLDEST, is_async=True),
}


@pytest.fixture(params=FLAVOURS)
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return FLAVOURS[request.param]


@pytest.fixture
def traces(flavour: Flavour, runs: Runs) -> dict[str, Any]:
    return flavour.seen(runs)["traces"]


def plain_name(span: Any) -> str:
    """Name a span without the number that 3.1 puts behind names it has seen before."""
    return re.sub(r"_\d+$", "", span["name"])


def span(trace: Any, name: str) -> Any:
    (found,) = [span for span in trace["spans"] if span["name"] == name]
    return found


def test_every_trace_is_found_once_with_all_its_spans(flavour: Flavour, runs: Runs) -> None:
    seen = flavour.seen(runs)
    expected = {trace["info"]["trace_id"]: len(trace["spans"]) for trace in seen["traces"].values()}
    assert seen["found"] == expected
    assert len(seen["traces"]["many_spans"]["spans"]) == 121


def test_a_trace_has_the_state_the_name_and_the_previews_of_its_root(traces: dict[str, Any]) -> None:
    info = traces["answer"]["info"]
    assert (info["state"], info["tags"]["mlflow.traceName"]) == ("OK", "answer")
    assert info["request_preview"] == '{"q": "wörld"}'
    assert info["response_preview"] == '{"answer": "WÖRLD"}'


def test_spans_keep_their_tree_types_and_times(traces: dict[str, Any]) -> None:
    trace = traces["answer"]
    root, child, manual = (span(trace, name) for name in ("answer", "look_up", "manual"))
    assert root["parent_id"] is None
    assert child["parent_id"] == manual["parent_id"] == root["span_id"]
    assert [each["type"] for each in (root, child, manual)] == ["AGENT", "TOOL", "RETRIEVER"]
    assert all(re.fullmatch("[0-9a-f]{16}", each["span_id"]) for each in (root, child, manual))
    assert root["start_ns"] <= child["start_ns"] <= child["end_ns"] <= manual["start_ns"] <= root["end_ns"]
    assert {each["trace_id"] for each in trace["spans"]} == {trace["info"]["trace_id"]}


def test_inputs_outputs_and_attributes_come_back_as_they_were(traces: dict[str, Any]) -> None:
    deep: dict[str, Any] = {"a": [1, 2.5, None, True, {"b": "é"}], "empty": [], "nothing": {}, "big": 2**53 + 1}
    manual = span(traces["answer"], "manual")
    assert manual["inputs"] == {"q": "wörld"}
    assert manual["outputs"] == deep
    told: dict[str, Any] = {"text": "x", "whole": 7, "real": 1.25, "yes": True, "no": False, "deep": deep}
    assert {key: manual["attributes"][key] for key in told} == told
    assert isinstance(manual["attributes"]["yes"], bool)
    assert isinstance(manual["attributes"]["whole"], int)


def test_events_come_back_with_their_attributes(traces: dict[str, Any]) -> None:
    (event,) = span(traces["answer"], "manual")["events"]
    assert (event["name"], event["attributes"]) == ("cache miss", {"key": "k", "tries": 2})


def test_tags_and_metadata_keep_their_places(traces: dict[str, Any]) -> None:
    info = traces["answer"]["info"]
    assert info["tags"]["environment"] == "production"
    assert info["tags"]["chave/ção"] == "útil"
    assert info["metadata"]["variant"] == "B"
    assert info["metadata"]["mlflow.trace.session"] == "session-1"
    assert info["metadata"]["mlflow.trace.user"] == "user-1"
    assert "environment" not in info["metadata"]


def test_the_source_is_metadata_and_an_application_may_rename_it(traces: dict[str, Any]) -> None:
    assert traces["answer"]["info"]["metadata"]["mlflow.source.name"].endswith("traced_calls.py")
    assert traces["answer"]["info"]["metadata"]["mlflow.source.type"] == "LOCAL"
    assert traces["renames_source"]["info"]["metadata"]["mlflow.source.name"] == "inference.py"


def test_the_request_id_of_the_application_is_kept(flavour: Flavour, traces: dict[str, Any]) -> None:
    if flavour.client.is_oldest:
        pytest.skip("3.1 sends none over http")
    assert traces["answer"]["info"]["client_request_id"] == "req-1"
    assert traces["recovers"]["info"]["client_request_id"] is None


def test_a_failed_call_is_a_failed_trace_with_its_exception(traces: dict[str, Any]) -> None:
    trace = traces["fails"]
    assert (trace["info"]["state"], trace["info"]["response_preview"]) == ("ERROR", None)
    failed = span(trace, "breaks")
    assert (failed["status"], failed["status_description"]) == ("ERROR", "ValueError: quebrou: böom")
    (event,) = failed["events"]
    assert event["name"] == "exception"
    assert event["attributes"]["exception.type"] == "ValueError"
    assert event["attributes"]["exception.message"] == "quebrou: böom"
    assert "ValueError: quebrou: böom" in event["attributes"]["exception.stacktrace"]


def test_a_handled_exception_leaves_the_trace_ok_and_the_span_failed(traces: dict[str, Any]) -> None:
    trace = traces["recovers"]
    assert trace["info"]["state"] == "OK"
    assert span(trace, "breaks")["status"] == "ERROR"
    assert span(trace, "recovers")["status"] == "OK"


def test_each_item_of_a_generator_is_an_event(traces: dict[str, Any]) -> None:
    counts = span(traces["counts"], "counts")
    assert counts["outputs"] == [0, 1, 2]
    chunks = {event["name"]: event["attributes"]["mlflow.chunk.value"] for event in counts["events"]}
    assert chunks == {f"mlflow.chunk.item.{number}": str(number) for number in range(3)}


def test_asynchronous_calls_are_one_trace(traces: dict[str, Any]) -> None:
    trace = traces["waits"]
    assert span(trace, "look_up")["parent_id"] == span(trace, "waits")["span_id"]


def test_threads_with_the_callers_context_are_one_trace(traces: dict[str, Any]) -> None:
    assert sorted(map(plain_name, traces["spreads"]["spans"])) == ["look_up"] * 3 + ["spreads"]


def test_spans_without_a_context_are_one_trace(traces: dict[str, Any]) -> None:
    trace = traces["detached"]
    assert span(trace, "detached child")["parent_id"] == span(trace, "detached")["span_id"]
    assert (span(trace, "detached")["inputs"], span(trace, "detached")["outputs"]) == ({"x": 1}, {"y": 2})


def test_an_application_may_set_the_state(traces: dict[str, Any]) -> None:
    assert traces["previews"]["info"]["state"] == "ERROR"


def test_an_application_may_set_the_previews(flavour: Flavour, traces: dict[str, Any]) -> None:
    if flavour.client.is_oldest:
        pytest.skip("3.1 sends none over http")
    info = traces["previews"]["info"]
    assert (info["request_preview"], info["response_preview"]) == ("in short", "out short")


def test_long_inputs_are_whole_and_their_preview_is_short(flavour: Flavour, traces: dict[str, Any]) -> None:
    text = "långt " * 500
    trace = traces["long"]
    assert span(trace, "long")["inputs"] == {"text": text}
    assert span(trace, "long")["outputs"] == text
    preview = trace["info"]["request_preview"]
    assert preview.startswith('{"text": "långt')
    if not flavour.client.is_oldest:  # 3.1 sends none, and shows the root's inputs instead
        assert len(preview) == 1_000


def test_long_tags_are_whole(flavour: Flavour, traces: dict[str, Any]) -> None:
    if flavour.client.is_oldest:
        pytest.skip("3.1 cuts tags itself")
    assert traces["long"]["info"]["tags"]["long"] == "t" * 4_000


def test_null_inputs_and_outputs_are_null(traces: dict[str, Any]) -> None:
    returned = span(traces["returns_nothing"], "returns_nothing")
    assert (returned["inputs"], returned["outputs"]) == ({"x": None}, None)


def test_tokens_are_summed_over_the_spans(traces: dict[str, Any]) -> None:
    trace = traces["counts_tokens"]
    total = '{"input_tokens": 30, "output_tokens": 2, "total_tokens": 32}'
    assert trace["info"]["metadata"]["mlflow.trace.tokenUsage"] == total
    chats = [each["attributes"]["mlflow.chat.tokenUsage"] for each in trace["spans"] if plain_name(each) == "chat"]
    assert sorted(chat["input_tokens"] for chat in chats) == [10, 20]


def test_calls_are_priced_by_the_server_unless_the_application_did(traces: dict[str, Any]) -> None:
    trace = traces["pays"]
    costs = {plain_name(each): each["attributes"].get("mlflow.llm.cost") for each in trace["spans"]}
    assert costs == {
        "pays": None,
        "listed": {"input_cost": 4.5e-06, "output_cost": 1.8e-06, "total_cost": 6.3e-06},
        "own": {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75},
        "unknown": None,
    }
    total = json.loads(trace["info"]["metadata"]["mlflow.trace.cost"])
    assert total == pytest.approx({"input_cost": 0.2500045, "output_cost": 0.5000018, "total_cost": 0.7500063})


def test_feedback_given_inside_a_trace_is_kept_with_an_id(flavour: Flavour, traces: dict[str, Any]) -> None:
    if flavour.client.is_oldest:
        pytest.skip("3.1 judges only on Databricks")
    info = traces["judged"]["info"]
    (feedback,) = info["assessments"]
    assert (feedback["assessment_name"], feedback["feedback"]["value"]) == ("helpful", True)
    assert (feedback["rationale"], feedback["trace_id"]) == ("because", info["trace_id"])
    assert feedback["source"]["source_type"] == "CODE"
    assert re.fullmatch("a-[0-9a-f]{32}", feedback["assessment_id"])


@pytest.mark.trilha_only
@pytest.mark.parametrize("key", ["mlflow.trace.session", "mlflow.trace.user"])
def test_a_tag_without_a_value_is_not_the_text_none(traces: dict[str, Any], key: str) -> None:
    tags = traces["absent_values"]["info"]["tags"]
    assert tags["present"] == "1"
    assert key not in tags


@pytest.mark.trilha_only
def test_the_client_is_told_that_the_server_has_the_spans(flavour: Flavour, traces: dict[str, Any]) -> None:
    if flavour.client.is_oldest:
        pytest.skip("3.1 keeps its spans as artifacts")
    places = {trace["info"]["tags"].get("mlflow.trace.spansLocation") for trace in traces.values()}
    assert places == {"TRACKING_STORE"}


@pytest.mark.trilha_only
def test_git_facts_that_the_client_could_not_find_are_absent(traces: dict[str, Any]) -> None:
    metadata = traces["answer"]["info"]["metadata"]
    assert not [key for key in metadata if key.startswith("mlflow.source.git") and metadata[key] == ""]
