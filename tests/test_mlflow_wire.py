"""What MLflow's clients cannot be made to send or to show: bytes on the wire, races, refusals."""

import base64
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support.mlflow_rest import V2, V3, MlflowRest, attributes_of
from tests.support.otlp import ERROR, a_request, a_span, mlflow_id, new_trace_id
from tests.support.processes import RunningServer

pytestmark = pytest.mark.timeout(60)

DEEP = {"q": "wörld", "n": 2**53 + 1, "real": 1.25, "yes": True, "none": None, "list": ["x", 1], "dict": {"k": "v"}}


@pytest.fixture(scope="module")
def rest(mlflow_door: RunningServer) -> Iterator[MlflowRest]:
    with MlflowRest(mlflow_door.url) as rest:
        yield rest


@pytest.fixture
def fresh(mlflow_door: RunningServer) -> Iterator[MlflowRest]:
    with MlflowRest(mlflow_door.url) as rest:
        yield rest


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error_code"]


# Probes.


def test_the_version_is_plain_text_that_a_client_can_compare(rest: MlflowRest) -> None:
    answer = rest.http.get("/version")
    assert answer.headers["content-type"].startswith("text/")
    major, minor, *_ = answer.text.split(".")
    assert (int(major), int(minor)) >= (3, 4)


def test_the_server_says_that_it_is_healthy(rest: MlflowRest) -> None:
    answer = rest.http.get("/health")
    assert (answer.status_code, answer.text) == (200, "OK")


def test_the_server_tells_what_it_can_do(rest: MlflowRest) -> None:
    info = rest.http.get(f"{V3}/server-info").raise_for_status().json()
    assert info["workspaces_enabled"] is False
    assert info["multipart_downloads_enabled"] is False


# Spans as they are read.


def test_spans_are_read_as_proto_json_with_base64_ids(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root", attributes={"mlflow.spanInputs": DEEP, "bytes": b"\x00\xff"})
    child = a_span(trace_id, name="child", parent_id=root.span_id, status=ERROR)
    child.status.message = "böom"
    child.events.add(name="evt", time_unix_nano=child.start_time_unix_nano + 7)
    rest.send(a_request(child, root))
    first, second = rest.spans(trace_id)
    assert (first["name"], second["name"]) == ("root", "child"), "the root comes first"
    assert base64.b64decode(first["trace_id"]) == trace_id
    assert base64.b64decode(first["span_id"]) == base64.b64decode(second["parent_span_id"]) == root.span_id
    assert not first.get("parent_span_id")
    assert first["start_time_unix_nano"] == root.start_time_unix_nano
    assert first["status"]["code"] == "STATUS_CODE_OK"
    assert second["status"] == {"code": "STATUS_CODE_ERROR", "message": "böom"}
    assert second["events"][0]["time_unix_nano"] == child.start_time_unix_nano + 7


def test_values_keep_their_types_on_the_wire(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    rest.send(a_request(a_span(trace_id, attributes={"mlflow.spanInputs": DEEP, "n": None})))
    attributes = attributes_of(rest.spans(trace_id)[0])
    inputs = {each["key"]: each.get("value") for each in attributes["mlflow.spanInputs"]["kvlist_value"]["values"]}
    assert inputs["q"] == {"string_value": "wörld"}
    assert inputs["n"] == {"int_value": 2**53 + 1}
    assert inputs["real"] == {"double_value": 1.25}
    assert inputs["yes"] == {"bool_value": True}
    assert inputs["list"] == {"array_value": {"values": [{"string_value": "x"}, {"int_value": 1}]}}
    assert not inputs["none"]
    assert not attributes["n"]


def test_a_span_names_its_trace_in_an_attribute(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    rest.send(a_request(a_span(trace_id)))
    assert attributes_of(rest.spans(trace_id)[0])["mlflow.traceRequestId"] == {"string_value": mlflow_id(trace_id)}


def test_several_traces_are_read_at_once(rest: MlflowRest) -> None:
    ids = [new_trace_id() for _ in range(3)]
    rest.send(a_request(*(a_span(trace_id, name=mlflow_id(trace_id)) for trace_id in ids)))
    asked = {"trace_ids": [mlflow_id(trace_id) for trace_id in ids]}
    traces = rest.http.get(f"{V3}/traces/batchGet", params=asked).raise_for_status().json()["traces"]
    names = {trace["trace_info"]["trace_id"]: trace["spans"][0]["name"] for trace in traces}
    assert names == {mlflow_id(trace_id): mlflow_id(trace_id) for trace_id in ids}


# Info and spans race each other.

DECLARED_NS = 1_795_256_983_690_000_000  # the request_time that MlflowRest.declare says
INFO = {"request_preview": "in", "tags": {"a": "1"}, "trace_metadata": {"m": "2"}, "client_request_id": "r-1"}


def outcome(rest: MlflowRest, trace_id: bytes) -> Any:
    info = rest.info(trace_id)
    shown = {key: info.get(key) for key in ("state", "request_time", "execution_duration", "client_request_id")}
    spans = sorted(span["name"] for span in rest.spans(trace_id))
    return shown, info["request_preview"], info["tags"]["a"], info["trace_metadata"]["m"], spans


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_info_the_root_and_a_child_come_in_any_order(rest: MlflowRest, order: tuple[int, ...]) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root", start_ns=DECLARED_NS, duration_ns=52_000_000)
    child = a_span(trace_id, name="child", parent_id=root.span_id, status=ERROR, start_ns=DECLARED_NS)
    parts = [
        lambda: rest.declare(trace_id, **INFO),
        lambda: rest.send(a_request(root)),
        lambda: rest.send(a_request(child)),
    ]
    for number in order:
        assert parts[number]().status_code == 200
    assert outcome(rest, trace_id) == (
        {
            "state": "OK",
            "request_time": "2026-11-21T10:29:43.690Z",
            "execution_duration": "0.052s",
            "client_request_id": "r-1",
        },
        "in",
        "1",
        "2",
        ["child", "root"],
    )


def test_the_info_and_the_spans_may_come_at_the_same_time(rest: MlflowRest) -> None:
    ids = [new_trace_id() for _ in range(20)]
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(rest.declare, trace_id, **INFO) for trace_id in ids]
        done += [pool.submit(rest.send, a_request(a_span(trace_id, name="root"))) for trace_id in ids]
    assert {each.result().status_code for each in done} == {200}
    assert {outcome(rest, trace_id)[1:] == ("in", "1", "2", ["root"]) for trace_id in ids} == {True}


def test_what_is_sent_twice_is_kept_once(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root")
    for _ in range(2):
        rest.send(a_request(root, a_span(trace_id, name="child", span_id=b"12345678", parent_id=root.span_id)))
        rest.declare(trace_id, **INFO)
    assert outcome(rest, trace_id)[-1] == ["child", "root"]
    assert len(rest.found(f"request_id = '{mlflow_id(trace_id)}'")) == 1


def test_a_trace_is_in_progress_until_its_root_ends(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    root = a_span(trace_id, name="root")
    rest.send(a_request(a_span(trace_id, name="child", parent_id=root.span_id)))
    assert rest.info(trace_id)["state"] == "IN_PROGRESS"
    assert [span["name"] for span in rest.spans(trace_id)] == ["child"]
    rest.send(a_request(root))
    assert rest.info(trace_id)["state"] == "OK"
    assert rest.info(trace_id)["execution_duration"]


def test_the_state_of_the_root_is_the_state_of_the_trace(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    rest.send(a_request(a_span(trace_id, status=ERROR)))
    assert rest.info(trace_id)["state"] == "ERROR"


def test_what_was_answered_is_found_at_once(rest: MlflowRest) -> None:
    for _ in range(10):
        trace_id = new_trace_id()
        rest.send(a_request(a_span(trace_id)))
        assert rest.found(f"request_id = '{mlflow_id(trace_id)}'") == [mlflow_id(trace_id)]


def test_assessments_sent_with_the_info_are_answered_with_ids(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    said = {
        "assessment_name": "ok",
        "source": {"source_type": "HUMAN", "source_id": "ann"},
        "create_time": "2026-11-21T10:34:44.114Z",
        "last_update_time": "2026-11-21T10:34:44.114Z",
        "feedback": {"value": True},
        "valid": True,
        "trace_id": mlflow_id(trace_id),
    }
    answer = rest.declare(trace_id, assessments=[said]).json()["trace"]["trace_info"]
    (answered,) = answer["assessments"]
    assert answered["assessment_id"].startswith("a-")
    assert rest.info(trace_id)["assessments"] == [answered]


@pytest.mark.trilha_only
def test_a_retried_info_does_not_double_its_assessments(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    said = {
        "assessment_name": "ok",
        "source": {"source_type": "HUMAN", "source_id": "ann"},
        "create_time": "2026-11-21T10:34:44.114Z",
        "last_update_time": "2026-11-21T10:34:44.114Z",
        "feedback": {"value": True},
    }
    for _ in range(2):
        rest.declare(trace_id, assessments=[said])
    assert len(rest.info(trace_id)["assessments"]) == 1


@pytest.mark.trilha_only
def test_the_answer_to_an_info_says_that_the_spans_are_here_once_they_are(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    answer = rest.declare(trace_id).json()["trace"]["trace_info"]
    assert "mlflow.trace.spansLocation" not in answer["tags"]
    rest.send(a_request(a_span(trace_id)))
    answer = rest.declare(trace_id).json()["trace"]["trace_info"]
    assert answer["tags"]["mlflow.trace.spansLocation"] == "TRACKING_STORE"


@pytest.mark.trilha_only
@pytest.mark.parametrize("place", ["tags", "trace_metadata"])
def test_long_tags_and_metadata_are_whole(rest: MlflowRest, place: str) -> None:
    trace_id = new_trace_id()
    rest.declare(trace_id, **{place: {"long": "x" * 20_000, "k" * 500: "v"}})
    kept = rest.info(trace_id)[place]
    assert (kept["long"], kept["k" * 500]) == ("x" * 20_000, "v")


@pytest.mark.trilha_only
def test_a_long_request_id_is_kept_and_found(rest: MlflowRest) -> None:
    trace_id, request_id = new_trace_id(), "j" * 255
    rest.declare(trace_id, client_request_id=request_id)
    assert rest.found(f"client_request_id = '{request_id}'") == [mlflow_id(trace_id)]


@pytest.mark.trilha_only
@pytest.mark.parametrize(("filter_key", "place"), [("tags", "trace_metadata"), ("metadata", "tags")])
def test_a_session_is_one_field_in_either_spelling(rest: MlflowRest, filter_key: str, place: str) -> None:
    trace_id = new_trace_id()
    session = f"s-{trace_id.hex()}"
    rest.declare(trace_id, **{place: {"mlflow.trace.session": session}})
    assert rest.found(f"{filter_key}.`mlflow.trace.session` = '{session}'") == [mlflow_id(trace_id)]


@pytest.mark.trilha_only
def test_a_null_tag_is_no_tag(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    assert rest.declare(trace_id, tags={"a": None, "b": "1"}).status_code == 200
    assert "a" not in rest.info(trace_id)["tags"]
    assert rest.info(trace_id)["tags"]["b"] == "1"


# Pages.


def numbered(fresh: MlflowRest, count: int) -> list[str]:
    ids = [new_trace_id() for _ in range(count)]
    for trace_id in ids:
        fresh.send(a_request(a_span(trace_id)))
    return [mlflow_id(trace_id) for trace_id in reversed(ids)]


def pages(fresh: MlflowRest, **asked: Any) -> list[list[str]]:
    read: list[list[str]] = []
    while len(read) < 20:
        page = fresh.search(**asked)
        read.append([info["trace_id"] for info in page.get("traces", [])])
        if "next_page_token" not in page:
            break
        asked["page_token"] = page["next_page_token"]
    return read


def test_pages_follow_each_other_newest_first(fresh: MlflowRest) -> None:
    ids = numbered(fresh, 5)
    read = pages(fresh, max_results=2)
    assert [page for page in read if page] == [ids[0:2], ids[2:4], ids[4:5]]


@pytest.mark.trilha_only
def test_there_is_a_token_only_where_more_follows(fresh: MlflowRest) -> None:
    numbered(fresh, 4)
    assert [len(page) for page in pages(fresh, max_results=2)] == [2, 2]


@pytest.mark.trilha_only
def test_pages_do_not_shift_while_traces_arrive(fresh: MlflowRest) -> None:
    ids = numbered(fresh, 4)
    first = fresh.search(max_results=2)
    numbered(fresh, 3)
    second = fresh.search(max_results=10, page_token=first["next_page_token"])
    assert [info["trace_id"] for info in second["traces"]] == ids[2:]


def test_pages_of_another_order_follow_each_other(fresh: MlflowRest) -> None:
    ids = numbered(fresh, 5)
    read = pages(fresh, max_results=2, order_by=["timestamp_ms ASC"])
    assert [trace_id for page in read for trace_id in page] == ids[::-1]


def test_the_bare_infos_of_a_search_are_complete(fresh: MlflowRest) -> None:
    trace_id = new_trace_id()
    fresh.declare(trace_id, **INFO)
    fresh.send(a_request(a_span(trace_id)))
    (found,) = fresh.search()["traces"]
    assert found == fresh.info(trace_id)


def test_a_search_in_an_unknown_experiment_finds_nothing(mlflow_door: RunningServer) -> None:
    with MlflowRest(mlflow_door.url, "999999999") as nowhere:
        assert nowhere.search().get("traces", []) == []


@pytest.mark.parametrize("asked", [{"max_results": 501}, {"max_results": 0}, {"max_results": -1}])
def test_a_page_has_limits(rest: MlflowRest, asked: dict[str, Any]) -> None:
    assert error_of(rest.search_answer(**asked)) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.parametrize("token", ["no token", "bm90IGpzb24=", "e30="])
def test_a_page_token_that_nobody_gave_is_refused(rest: MlflowRest, token: str) -> None:
    if token == "e30=":
        pytest.skip("the reference breaks") if rest.search_answer(page_token=token).status_code == 500 else None
    assert error_of(rest.search_answer(page_token=token)) == (400, "INVALID_PARAMETER_VALUE")


# Refusals.


NOBODY = "tr-" + "0" * 32


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"{V3}/traces/{NOBODY}", None),
        ("GET", f"{V3}/traces/get?trace_id={NOBODY}", None),
        ("GET", f"{V2}/experiments/get?experiment_id=999999999", None),
        ("GET", f"{V2}/experiments/get-by-name?experiment_name=nobody", None),
        ("DELETE", f"{V2}/traces/{NOBODY}/tags", {"key": "a"}),
        ("GET", f"{V3}/traces/{NOBODY}/assessments/a-0", None),
        ("POST", f"{V2}/experiments/delete", {"experiment_id": "999999999"}),
    ],
)
def test_what_is_missing_is_named_as_missing(rest: MlflowRest, method: str, path: str, body: Any) -> None:
    answer = rest.http.request(method, path, json=body)
    assert error_of(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert answer.json()["message"]


def test_a_trace_of_an_unknown_experiment_is_refused(rest: MlflowRest) -> None:
    assert error_of(rest.declare(new_trace_id(), experiment_id="999999999")) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("path", [f"{V3}/traces", f"{V2}/experiments/create", f"{V2}/experiments/update"])
@pytest.mark.parametrize("body", [b"{}", b"{not json", b"[]", b""])
def test_a_body_without_what_is_needed_is_refused(rest: MlflowRest, path: str, body: bytes) -> None:
    answer = rest.http.post(path, content=body, headers={"Content-Type": "application/json"})
    if body == b"[]" and answer.status_code == 500:
        pytest.skip("the reference breaks")
    assert error_of(answer) == (400, "INVALID_PARAMETER_VALUE")


@pytest.mark.trilha_only
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/2.0/mlflow/no-such-thing", "/api/3.0/mlflow/nothing", "/nowhere"])
def test_an_unknown_route_answers_in_json(rest: MlflowRest, method: str, path: str) -> None:
    answer = rest.http.request(method, path)
    assert error_of(answer) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.json()["message"]


@pytest.mark.trilha_only
def test_a_taken_name_is_refused_in_words(rest: MlflowRest) -> None:
    named = rest.http.get(f"{V2}/experiments/get", params={"experiment_id": rest.experiment_id}).json()["experiment"]
    body = {"experiment_id": rest.new_experiment(), "new_name": named["name"]}
    answer = rest.http.post(f"{V2}/experiments/update", json=body)
    assert error_of(answer) == (400, "RESOURCE_ALREADY_EXISTS")
    assert "SQL" not in answer.text


@pytest.mark.trilha_only
def test_a_tag_on_a_missing_trace_is_refused_in_words(rest: MlflowRest) -> None:
    answer = rest.http.patch(f"{V2}/traces/{NOBODY}/tags", json={"key": "a", "value": "b"})
    assert error_of(answer) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert "SQL" not in answer.text


@pytest.mark.trilha_only
def test_a_hostile_filter_reaches_no_database(rest: MlflowRest) -> None:
    for value in ("'; DROP TABLE traces; --", "' OR '1' = '1", "\\' OR 1=1 --", "%' ESCAPE '"):
        answer = rest.search_answer(filter="tags.a = '" + value.replace("'", "''") + "'")
        assert (answer.status_code, answer.json().get("traces", [])) == (200, [])
        assert "sql" not in rest.search_answer(filter=f"tags.a = '{value}").text.lower()


@pytest.mark.trilha_only
def test_big_numbers_survive_json(rest: MlflowRest) -> None:
    trace_id = new_trace_id()
    start_ns = 1_795_256_983_690_908_301
    rest.send(a_request(a_span(trace_id, start_ns=start_ns)))
    text = rest.http.get(f"{V3}/traces/get", params={"trace_id": mlflow_id(trace_id)}).text
    assert f'"start_time_unix_nano":{start_ns}' in text.replace(" ", "")
    assert json.loads(text)


# Deletion.


def test_deletion_is_counted_and_final(fresh: MlflowRest) -> None:
    trace_id, other = new_trace_id(), new_trace_id()
    fresh.declare(trace_id)
    fresh.send(a_request(a_span(trace_id), a_span(other)))
    body = {"experiment_id": fresh.experiment_id, "request_ids": [mlflow_id(trace_id), NOBODY]}
    assert fresh.http.post(f"{V2}/traces/delete-traces", json=body).json() == {"traces_deleted": 1}
    assert fresh.http.get(f"{V3}/traces/{mlflow_id(trace_id)}").status_code == 404
    assert [info["trace_id"] for info in fresh.search()["traces"]] == [mlflow_id(other)]


@pytest.mark.skip(reason="links need runs, which are not there yet")
def test_traces_are_linked_to_a_run() -> None:
    raise NotImplementedError
