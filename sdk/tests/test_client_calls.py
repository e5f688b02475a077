import inspect
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
import trilha
from trilha import _settings, tracing
from trilha._client import flushing
from trilha._settings import Destination
from trilha.entities import AssessmentSource, Feedback, LoggedModelStatus, ViewType
from trilha.exceptions import InvalidInput, NotFound

from sdk.tests.answering import Answer, Answering, Asked, asked_by_all

TRACE_ID = "tr-97414d69501dd3e1a0f82c58f2ab33d8"
MISSING = (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "there is none"})


class Known:
    """A server that knows three experiments, as many traces as it is given, and one version."""

    def __init__(self) -> None:
        self.traces: list[str] = []
        self.versions: list[str] = []
        self.missing_traces = 0

    def __call__(self, asked: Asked) -> Answer:
        match (asked.method, asked.path.removeprefix("/api/2.0/mlflow").removeprefix("/api/3.0/mlflow")):
            case "GET", "/experiments/get-by-name":
                name = asked.query["experiment_name"][0]
                found = [each for each in EXPERIMENTS if each["name"] == name]
                return (200, {"experiment": found[0]}) if found else MISSING
            case "POST", "/v1/traces":
                return 200, b""
            case "POST", "/experiments/search":
                return self._experiments(asked)
            case "POST", "/traces/search":
                return self._search(asked)
            case "GET", "/traces/batchGet":
                return 200, {"traces": [{"trace_info": info(each)} for each in asked.query["trace_ids"]]}
            case "POST", "/logged-models/search":
                return 200, {"models": [version(name) for name in self.versions]}
            case "POST", "/logged-models":
                self.versions.append(asked.body["name"])
                return 200, {"model": version(asked.body["name"])}
            case "PATCH", _:
                return 200, {"model": version("v")}
            case _, path if "/assessments" in path:
                return self._assess(asked)
            case _:
                return MISSING

    def _experiments(self, asked: Asked) -> Answer:
        start = int(asked.body["page_token"] or 0)
        answer = {"experiments": EXPERIMENTS[start : start + 2]}
        return 200, {**answer, "next_page_token": "2"} if start == 0 else answer

    def _search(self, asked: Asked) -> Answer:
        start, most = int(asked.body["page_token"] or 0), asked.body["max_results"]
        answer = {"traces": [info(each) for each in self.traces[start : start + most]]}
        more = start + most < len(self.traces)
        return 200, {**answer, "next_page_token": str(start + most)} if more else answer

    def _assess(self, asked: Asked) -> Answer:
        if self.missing_traces:
            self.missing_traces -= 1
            return MISSING
        if asked.method == "GET":
            return 200, {"assessment": {"assessment_name": "judged", "span_id": "s-1", "feedback": {"value": True}}}
        return 200, {"assessment": {**asked.body["assessment"], "assessment_id": "a-1"}}


EXPERIMENTS = [
    {"experiment_id": "1", "name": "/Shared/production-genai-app", "tags": [{"key": "team", "value": "x"}]},
    {"experiment_id": "2", "name": "/Shared/staging"},
    {"experiment_id": "3", "name": "Default"},
]


def info(trace_id: str) -> dict[str, object]:
    return {
        "trace_id": trace_id,
        "trace_location": {"mlflow_experiment": {"experiment_id": "1"}},
        "request_time": "2026-11-21T10:29:43.690Z",
        "state": "OK",
    }


def version(name: str) -> dict[str, object]:
    return {"info": {"experiment_id": "1", "model_id": "m-1", "name": name, "status": "LOGGED_MODEL_READY"}}


@pytest.fixture
def known() -> Known:
    return Known()


@pytest.fixture
def server(known: Known) -> Iterator[Answering]:
    with asked_by_all(known) as running:
        yield running


@pytest.fixture
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    monkeypatch.setattr(flushing, "BEFORE_READING_S", 0.01)


def paths(server: Answering) -> list[str]:
    return [asked.path.rpartition("mlflow/")[2] for asked in server.asked]


# Experiments.


def test_choosing_an_experiment_asks_the_server_for_nothing(server: Answering) -> None:
    chosen = trilha.set_experiment("/Shared/staging")
    assert _settings.settings().destination == Destination(experiment="/Shared/staging")
    assert chosen.name == "/Shared/staging"
    assert server.asked == []
    assert chosen.experiment_id == "2"
    assert chosen.experiment_id == "2"
    assert paths(server) == ["experiments/get-by-name"]


def test_an_unknown_experiment_is_none_and_the_likely_ones_are_named(
    server: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "trilha"):
        assert trilha.MlflowClient().get_experiment_by_name("/Shared/production-app") is None
    assert "did you mean '/Shared/production-genai-app'" in caplog.text


def test_an_address_without_experiments_is_an_error_and_not_none() -> None:
    with Answering(lambda _: (404, b"<html>")) as nothing:
        _settings.change(tracking_uri=nothing.url)
        with pytest.raises(NotFound, match="is it a tracing server"):
            trilha.get_experiment_by_name("x")
    _settings.forget()


def test_all_experiments_are_found_page_by_page(server: Answering) -> None:
    found = trilha.search_experiments()
    assert [each.experiment_id for each in found] == ["1", "2", "3"]
    assert found[0].tags == {"team": "x"}
    first = trilha.search_experiments(max_results=2)
    assert (len(first), first.token) == (2, "2")


# Traces.


def test_a_search_follows_pages_and_stops_where_it_has_enough(server: Answering, known: Known) -> None:
    known.traces = [f"tr-{number:032x}" for number in range(250)]
    assert [trace.trace_id for trace in trilha.search_traces(return_type="list", max_results=150)] == known.traces[:150]
    assert len(trilha.search_traces(return_type="list", include_spans=False)) == 250
    page = trilha.MlflowClient().search_traces(["1"], max_results=10)
    assert (len(page), page.token) == (10, "10")


def test_a_search_asks_for_names_versions_and_filters_together(server: Answering) -> None:
    trilha.search_traces(
        experiment_names=["/Shared/staging"],
        filter_string="tags.environment = 'production'",
        model_id="customer's agent",
        run_id="r",
        order_by=["timestamp DESC"],
    )
    body = server.asked[-1].body
    assert body["locations"] == [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "2"}}]
    assert body["filter"] == (
        "(tags.environment = 'production') AND (attributes.run_id = 'r') "
        "AND (metadata.`mlflow.modelId` = 'customer''s agent')"
    )
    assert body["order_by"] == ["timestamp DESC"]


def test_a_filter_with_or_stays_together(server: Answering) -> None:
    trilha.search_traces(filter_string="tags.a = '1'\nOR tags.a = '2'", run_id="r")
    assert server.asked[-1].body["filter"] == "(tags.a = '1'\nOR tags.a = '2') AND (attributes.run_id = 'r')"


def test_arguments_have_the_places_that_they_have_in_mlflow(server: Answering) -> None:
    trilha.search_traces(["7"], "tags.a = '1'", 5, ["timestamp ASC"], None, "r", "list", "v", None, False)
    body = server.asked[-1].body
    assert body["filter"] == "(tags.a = '1') AND (attributes.run_id = 'r') AND (metadata.`mlflow.modelId` = 'v')"
    trilha.search_experiments(1, 5, "name LIKE 'a%'", ["name ASC"])
    body = server.asked[-1].body
    assert (body["filter"], body["order_by"]) == ("name LIKE 'a%'", ["name ASC"])


def test_an_argument_that_is_not_known_is_an_error(server: Answering) -> None:
    search: Any = trilha.search_traces  # type checkers say the same
    with pytest.raises(TypeError, match="filter_str"):
        search(["1"], filter_str="tags.a = '1'")
    assert server.asked == []


def test_arguments_of_mlflow_that_mean_nothing_here_are_told(
    server: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "trilha"):
        trilha.search_traces(extract_fields=["span.inputs"], sql_warehouse_id="w")
    assert "extract_fields, sql_warehouse_id" in caplog.text


def test_a_search_without_a_place_looks_where_traces_go(server: Answering) -> None:
    trilha.set_experiment(experiment_id="7")
    trilha.search_traces()
    assert server.asked[-1].body["locations"][0]["mlflow_experiment"] == {"experiment_id": "7"}


def test_a_search_for_an_unknown_name_says_so(server: Answering) -> None:
    with pytest.raises(NotFound, match="did you mean '/Shared/staging'"):
        trilha.search_traces(experiment_names=["/Shared/stagin"])


def test_many_sessions_are_read_by_few_requests() -> None:
    sessions = [f"session {number}" for number in range(60)]

    def answer(asked: Asked) -> Answer:
        if asked.path.endswith("/sessions/search"):
            return 200, {"sessions": [{"experiment_id": "1", "session": session} for session in sessions]}
        wanted = re.findall("'(.+?)'", asked.body["filter"])
        turns = [(session, f"tr-{turn}{sessions.index(session):031x}") for turn in range(2) for session in wanted]
        return 200, {"traces": [{**info(each), "tags": {"mlflow.trace.session": session}} for session, each in turns]}

    with Answering(answer) as running:
        _settings.change(tracking_uri=running.url)
        found = trilha.search_sessions(experiment_ids=["1"], include_spans=False)
    _settings.forget()
    assert {each.id: [trace.trace_id[3:4] for trace in each] for each in found} == {
        session: ["0", "1"] for session in sessions
    }
    assert len(running.asked) == 4


def test_a_trace_that_is_not_there_is_none(server: Answering, caplog: pytest.LogCaptureFixture) -> None:
    assert trilha.get_trace(TRACE_ID, silent=True) is None
    assert caplog.text == ""
    assert trilha.get_trace(TRACE_ID) is None
    assert TRACE_ID in caplog.text
    with pytest.raises(NotFound):
        trilha.MlflowClient().get_trace(TRACE_ID)


def test_traces_are_deleted_by_id_or_by_age_but_not_both(server: Answering) -> None:
    with pytest.raises(InvalidInput):
        trilha.delete_traces("1", max_timestamp_millis=1, trace_ids=[TRACE_ID])
    with pytest.raises(InvalidInput):
        trilha.delete_traces("1")
    assert server.asked == []


# Feedback.


def test_feedback_is_sent_with_its_time_so_that_it_may_be_sent_again(server: Answering) -> None:
    source = AssessmentSource("human", None)
    said = trilha.log_feedback(trace_id=TRACE_ID, name="good", value=False, source=source, metadata={"n": 1})
    body = server.asked[-1].body["assessment"]
    assert body["feedback"] == {"value": False}
    assert body["source"] == {"source_type": "HUMAN"}
    assert body["metadata"] == {"n": "1"}
    assert "rationale" not in body
    assert body["create_time"].endswith("Z")
    assert said.assessment_id == "a-1"


@pytest.mark.usefixtures("_no_flush")
def test_feedback_on_a_trace_that_is_on_its_way_is_tried_again(server: Answering, known: Known) -> None:
    known.missing_traces = 1
    assert trilha.log_feedback(trace_id=TRACE_ID, value=1).value == 1
    known.missing_traces = 2
    with pytest.raises(NotFound):
        trilha.log_feedback(trace_id=TRACE_ID, value=1)


def test_feedback_on_a_trace_that_is_going_on_waits_for_its_end(server: Answering) -> None:
    with trilha.start_span("root") as span:
        trilha.log_feedback(trace_id=span.trace_id, value=1)
        time.sleep(0.2)
        assert not any("assessments" in path for path in paths(server))
    deadline_s = time.monotonic() + 5
    while not any(path.endswith("/assessments") for path in paths(server)) and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert f"traces/{span.trace_id}/assessments" in paths(server)


def test_tags_of_a_trace_that_another_service_began_are_told_after_its_spans(server: Answering) -> None:
    caller = {"traceparent": f"00-{TRACE_ID.removeprefix('tr-')}-00000000000000ab-01"}
    with tracing.set_tracing_context_from_http_request_headers(caller), trilha.start_span("called"):
        trilha.update_current_trace(tags={"a": "1", "b": "2"})
    deadline_s = time.monotonic() + 5
    while len(server.asked) < 3 and time.monotonic() < deadline_s:
        time.sleep(0.01)
    spans, *told = server.asked
    assert spans.path == "/v1/traces"
    assert {each.path for each in told} == {f"/api/3.0/mlflow/traces/{TRACE_ID}/tags"}
    assert [(each.body["key"], each.body["value"]) for each in told] == [("a", "1"), ("b", "2")]


def test_with_tracing_switched_off_feedback_goes_nowhere(server: Answering) -> None:
    trilha.tracing.disable()
    assert trilha.log_feedback(trace_id=TRACE_ID, value=1).value == 1
    assert server.asked == []


def test_what_is_said_of_a_trace_that_is_not_kept_goes_nowhere(
    server: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    with tracing.context(enabled=False), trilha.start_span("switched off") as span:
        unkept = [span.trace_id, trilha.get_active_trace_id()]
    assert unkept == ["MLFLOW_NO_OP_SPAN_TRACE_ID", None]
    with caplog.at_level(logging.WARNING, "trilha"):
        for trace_id in unkept:
            assert trilha.log_feedback(trace_id=trace_id, value=1).value == 1
            assert trilha.log_expectation(trace_id=trace_id, name="e", value=2).value == 2
            assert trilha.log_assessment(trace_id, Feedback(value=3)).value == 3
            assert trilha.update_assessment(trace_id, "a-1", Feedback(value=4)).value == 4
            assert trilha.override_feedback(trace_id=trace_id, assessment_id="a-1", value=5).value == 5
            trilha.delete_assessment(trace_id, "a-1")
            trilha.set_trace_tag(trace_id, "a", "1")
            trilha.delete_trace_tag(trace_id, "a")
            trilha.MlflowClient().set_trace_tag(trace_id, "a", "1")
    trilha.link_traces_to_run(unkept, "r")
    assert trilha.delete_traces("1", trace_ids=unkept) == 0
    assert server.asked == []
    assert caplog.text.count("goes nowhere") == 1


def test_feedback_in_the_place_of_another_is_that_of_code_unless_a_source_is_named(server: Answering) -> None:
    said = trilha.override_feedback(trace_id=TRACE_ID, assessment_id="a-0", value=False)
    assert (said.name, said.span_id, said.overrides) == ("judged", "s-1", "a-0")
    assert server.asked[-1].body["assessment"]["source"]["source_type"] == "CODE"


# Clients of other servers.


def test_a_client_of_another_address_asks_there_and_moves_nothing(server: Answering, known: Known) -> None:
    with Answering(known) as other:
        client = trilha.MlflowClient(tracking_uri=other.url)
        with trilha.start_span("root") as span:
            pass
        client.search_experiments()
        client.search_traces(experiment_names=["/Shared/staging"], flush=False)
        client.set_trace_tag(TRACE_ID, "a", "1")
        client.log_feedback(trace_id=TRACE_ID, value=1)
        client.create_external_model(name="v", experiment_id="1")
        assert (client.tracking_uri, trilha.get_tracking_uri()) == (other.url, server.url)
        trilha.flush_trace_async_logging()
        assert [asked.path for asked in server.asked] == ["/v1/traces"]
        assert len(other.asked) >= 7
        asked_before = len(other.asked)
        trilha.get_experiment_by_name("/Shared/staging")
        trilha.MlflowClient().get_experiment_by_name("/Shared/staging")
        assert (len(server.asked), len(other.asked)) == (3, asked_before)
    assert span.trace_id != TRACE_ID


def test_an_address_that_no_server_can_have_is_refused(server: Answering) -> None:
    with pytest.raises(InvalidInput, match="it must be http"):
        trilha.MlflowClient(tracking_uri="127.0.0.1:5000")
    assert server.asked == []


def test_methods_of_a_client_have_the_arguments_of_the_calls() -> None:
    for method in (trilha.MlflowClient.search_experiments, trilha.MlflowClient().search_experiments):
        given = [name for name in inspect.signature(method).parameters if name != "self"]
        assert given == ["view_type", "max_results", "filter_string", "order_by", "page_token"]


# Versions.


def test_a_version_is_made_once_for_a_name(server: Answering, known: Known) -> None:
    trilha.create_external_model(name="agent-v1.0", params={"k": 5})
    trilha.create_external_model(name="agent-v1.0")
    made = [asked.body for asked in server.asked if asked.path.endswith("/logged-models")]
    assert len(made) == 1
    assert made[0]["params"] == [{"key": "k", "value": "5"}]
    assert {"key": "mlflow.model.isExternal", "value": "true"} in made[0]["tags"]
    trilha.create_external_model(name="agent-v1.0", get_or_create=False)
    assert known.versions == ["agent-v1.0", "agent-v1.0"]


def test_a_version_can_only_become_ready_or_failed(server: Answering) -> None:
    trilha.finalize_logged_model("m-1", LoggedModelStatus.FAILED)
    assert server.asked[-1].body["status"] == "LOGGED_MODEL_UPLOAD_FAILED"
    with pytest.raises(InvalidInput):
        trilha.finalize_logged_model("m-1", "DONE")


def test_which_experiments_are_meant_is_said_by_mlflows_name(server: Answering) -> None:
    trilha.search_experiments(view_type=ViewType.DELETED_ONLY, max_results=1)
    assert server.asked[-1].body["view_type"] == "DELETED_ONLY"
