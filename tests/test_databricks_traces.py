"""Clients whose environment says `databricks` see and do what they see and do over http."""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import pytest

from tests.support.alike import alike
from tests.support.clients import LEAN_NEWEST, LEAN_OLDEST, NEWEST, OLDEST, Client
from tests.support.doors import Door
from tests.support.fault_proxy import Fault, FaultProxy, FaultRule
from tests.support.mlflow_rest import MlflowRest
from tests.support.processes import RunningServer
from tests.support.runs import Runs
from tests.test_mlflow_search import BAD_ORDERS, BETTER, FOUND, MALFORMED, ORDERED, QUERIES, query
from tests.test_mlflow_traces import plain_name

pytestmark = [pytest.mark.slow, pytest.mark.trilha_only, pytest.mark.timeout(240)]

WAYS = {
    "newest, token": (NEWEST, Door.TOKEN),
    "newest, secret": (NEWEST, Door.SECRET),
    "lean newest, secret": (LEAN_NEWEST, Door.SECRET),
    "oldest, token": (OLDEST, Door.TOKEN),
    "lean oldest, secret": (LEAN_OLDEST, Door.SECRET),
}
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[Client, Door]:
    return WAYS[request.param]


@pytest.fixture(params=[Door.TOKEN, Door.SECRET], ids=["token", "secret"])
def door(request: pytest.FixtureRequest) -> Door:
    return request.param


@pytest.fixture
def url(mlflow_door: RunningServer) -> str:
    return mlflow_door.url


def both(
    runs: Runs, url: str, client: Client, door: Door, program: str, **settings: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a client sees in one program over http, and over another door."""
    over_http = alike(runs.seen(client, program, **settings))
    return over_http, alike(runs.seen(client, program, **settings, **door.environment(url)))


# Alike on both ways.


def test_what_is_traced_is_read_back_as_over_http(runs: Runs, url: str, way: tuple[Client, Door]) -> None:
    client, door = way
    over_http, seen = (each["traces"] for each in both(runs, url, client, door, "traced_calls", **_can(client)))

    http, databricks = (traces["long"]["info"] for traces in (over_http, seen))
    for preview in ("request_preview", "response_preview"):  # the client cuts them at 1,000, and at 10,000 characters
        assert databricks.pop(preview).startswith(http.pop(preview).removesuffix("..."))
    if client.is_oldest:
        _expect_the_newer_protocol_of_3_1(over_http, seen)
    else:
        _expect_the_cost_that_the_client_declares(client, over_http, seen)
    for traces in (over_http, seen):  # threads end in any order
        spans = [span | {"name": plain_name(span)} for span in traces["spreads"]["spans"]]
        traces["spreads"]["spans"] = sorted(spans, key=json.dumps)
    assert seen.keys() == over_http.keys()
    for label, trace in seen.items():
        assert trace == over_http[label], label


def test_every_trace_is_found_once_with_all_its_spans(runs: Runs, url: str, way: tuple[Client, Door]) -> None:
    client, door = way
    seen = runs.seen(client, "traced_calls", **_can(client), **door.environment(url))

    assert seen["found"] == {trace["info"]["trace_id"]: len(trace["spans"]) for trace in seen["traces"].values()}


def _can(client: Client) -> dict[str, str]:
    """Tell the program what it may ask of a client."""
    return {"CAN_JUDGE": "no", "CAN_END_OTHERWISE": "no"} if client.is_oldest else {"CAN_JUDGE": "yes"}


def _expect_the_newer_protocol_of_3_1(over_http: dict[str, Any], seen: dict[str, Any]) -> None:
    """Over `databricks` 3.1 speaks the protocol that later clients speak everywhere, and says more."""
    over_http["answer"]["info"]["client_request_id"] = "req-1"
    over_http["fails"]["info"]["response_preview"] = ""
    over_http["previews"]["info"] |= {"request_preview": "in short", "response_preview": "out short"}
    assert seen["fails"]["info"]["state"] == "ERROR"


def _expect_the_cost_that_the_client_declares(client: Client, over_http: dict[str, Any], seen: dict[str, Any]) -> None:
    """Over `databricks` it declares the sum of the costs that it knows, and the server keeps to that."""
    computed, declared = (
        json.loads(traces["pays"]["info"]["metadata"].pop("mlflow.trace.cost")) for traces in (over_http, seen)
    )
    has_prices = client is not LEAN_NEWEST
    known = computed if has_prices else {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75}
    assert declared == pytest.approx(known)
    assert computed["total_cost"] == pytest.approx(0.7500063)


@pytest.mark.parametrize("client", [NEWEST, LEAN_NEWEST], ids=["newest", "lean newest"])
def test_assessments_are_those_of_http(runs: Runs, url: str, client: Client) -> None:
    over_http, seen = both(runs, url, client, Door.SECRET, "assessing")

    assert seen == over_http


def test_the_oldest_client_may_give_feedback(runs: Runs, url: str) -> None:
    """Over http 3.1 refuses to."""
    settings = {"CAN_JUDGE": "yes", "CAN_END_OTHERWISE": "no"}
    seen = runs.seen(OLDEST, "traced_calls", **settings, **Door.TOKEN.environment(url))

    (feedback,) = seen["traces"]["judged"]["info"]["assessments"]
    assert (feedback["assessment_name"], feedback["feedback"]["value"]) == ("helpful", True)


@pytest.mark.parametrize("client", [OLDEST, LEAN_NEWEST, LEAN_OLDEST], ids=["oldest", "lean newest", "lean oldest"])
def test_tags_and_deletions_are_those_of_http(runs: Runs, url: str, client: Client) -> None:
    over_http, seen = both(runs, url, client, Door.TOKEN, "changing")

    assert seen == over_http


@pytest.fixture(scope="module")
def queries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("queries") / "queries.json"
    path.write_text(json.dumps(QUERIES))
    return path


@pytest.mark.parametrize("client", [NEWEST, LEAN_NEWEST], ids=["newest", "lean newest"])
def test_every_search_finds_what_it_finds_over_http(runs: Runs, url: str, client: Client, queries: Path) -> None:
    answers = runs.seen(client, "searching", QUERIES=str(queries), **Door.SECRET.environment(url))["found"]
    found = dict(zip(map(str, QUERIES), answers, strict=True))

    for text, numbers in (FOUND | BETTER).items():
        assert found[str(query(text))] == {"result": numbers}, text
    for order, numbers in ORDERED.items():
        assert found[str(query(order=order))] == {"result": numbers}, order
    for refused in (*map(query, MALFORMED), *(query(order=order) for order in BAD_ORDERS)):
        assert found[str(refused)].get("error_code") == "INVALID_PARAMETER_VALUE", refused


@pytest.mark.parametrize("client", [NEWEST, OLDEST], ids=["newest", "oldest"])
def test_experiments_are_those_of_http(runs: Runs, url: str, client: Client) -> None:
    over_http, seen = both(runs, url, client, Door.TOKEN, "experimenting")

    for document in (over_http, seen):
        basics = document["basics"]
        for experiment in (*document["set"], *(basics[name] for name in ("made", "located", "by name", "changed"))):
            del experiment["id"]
    assert seen == over_http


def test_runs_are_those_of_http(runs: Runs, url: str) -> None:
    over_http, seen = both(runs, url, NEWEST, Door.SECRET, "running")

    for document in (over_http, seen):  # ids of experiments
        del document["experiment"], document["searches"]["place"], document["searches"]["table"]
    assert seen == over_http


def test_versions_are_those_of_http(runs: Runs, url: str) -> None:
    over_http, seen = both(runs, url, NEWEST, Door.SECRET, "versioning")

    assert seen == over_http


@pytest.mark.parametrize("door", [Door.TOKEN, Door.SECRET], ids=["token", "secret"])
def test_files_of_runs_versions_and_traces_are_those_of_http(runs: Runs, url: str, door: Door) -> None:
    over_http, seen = both(runs, url, NEWEST, door, "keeping_artifacts")

    for document in (over_http, seen):  # the client cannot delete files over `databricks`, and says so in the log only
        del document["run"]["after deleting"], document["run"]["of a deleted run"]
    assert seen == over_http


@pytest.mark.parametrize("door", [Door.TOKEN, Door.SECRET], ids=["token", "secret"])
def test_the_sdk_of_databricks_finds_its_way(runs: Runs, url: str, door: Door) -> None:
    seen = runs.seen(NEWEST, "workspace", **door.environment(url))

    client_id = door.environment(url).get("DATABRICKS_CLIENT_ID", "anybody")
    assert (seen["headers"], seen["workspace_id"], seen["me"]) == (["Authorization"], "0", client_id)
    assert seen["auth_type"] == ("pat" if door is Door.TOKEN else "oauth-m2m")
    name, location, stage = seen["made"]
    assert (name, stage, seen["tags"]) == ("/sdk", "active", {"team": "search"})
    assert location.startswith("dbfs:/databricks/mlflow-tracking/")
    assert seen["by name"]
    assert seen["listed"]
    assert seen["run"] == ["by the sdk", True]
    assert seen["missing"] == ["ResourceDoesNotExist", "RESOURCE_DOES_NOT_EXIST"]
    assert seen["taken"] == ["ResourceAlreadyExists", "RESOURCE_ALREADY_EXISTS"]
    assert seen["unknown"] == ["NotFound", "ENDPOINT_NOT_FOUND"]


# One trace, two dialects.


@pytest.mark.parametrize(
    ("writer", "written_by", "reader", "read_by"),
    [
        (NEWEST, Door.TOKEN, NEWEST, Door.HTTP),
        (NEWEST, Door.HTTP, NEWEST, Door.TOKEN),
        (LEAN_NEWEST, Door.SECRET, OLDEST, Door.HTTP),
        (OLDEST, Door.HTTP, LEAN_NEWEST, Door.SECRET),
        (OLDEST, Door.TOKEN, LEAN_NEWEST, Door.HTTP),
    ],
    ids=lambda value: value.group if isinstance(value, Client) else value.value,
)
def test_a_trace_written_by_one_door_is_read_by_the_other(
    runs: Runs, url: str, writer: Client, written_by: Door, reader: Client, read_by: Door
) -> None:
    told = _can(writer) if written_by is Door.HTTP else _can(writer) | dict(written_by.environment(url))
    for label, written in runs.seen(writer, "traced_calls", **told)["traces"].items():
        if label not in {"answer", "fails"}:
            continue
        experiment = {"READ_IN": written["info"]["experiment_id"]}  # the lean 3.17.2 fails if none is set
        named = {"TRACE_ID": written["info"]["trace_id"], **experiment, **read_by.environment(url)}
        read = runs.seen(reader, "reading", **named)["trace"]
        assert sorted(map(_span_key, read["spans"])) == sorted(map(_span_key, written["spans"])), label
        assert (read["info"]["tags"] | _AT) == (written["info"]["tags"] | _AT), label


_AT = {"mlflow.artifactLocation": "", "mlflow.trace.spansLocation": ""}


def _span_key(span: dict[str, Any]) -> str:
    return json.dumps([span[key] for key in ("span_id", "parent_id", "name", "type", "start_ns", "inputs", "outputs")])


# What passes on the wire.


class Passed:
    """What one traced call sends over `databricks`, and what is kept of it."""

    def __init__(self, url: str, workdir: Path, client: Client, door: Door, *rules: FaultRule) -> None:
        with FaultProxy(url, *rules) as proxy:
            told = {"EXPERIMENT": f"/t/passing-{uuid4().hex[:8]}", **PATIENCE, **door.environment(proxy.url)}
            self.seen = client.make().run("failing", proxy.url, workdir, told)
            self.passages = list(proxy.passages)
        self.trace_id: str = self.seen["trace_id"]
        with MlflowRest(url, self.seen["experiment_id"]) as rest:
            self.infos = rest.search().get("traces", [])
            asked = {"trace_id": self.trace_id, "allow_partial": "True"}
            answer = rest.http.get("/api/3.0/mlflow/traces/get", params=asked)
            spans = answer.json().get("trace", {}).get("spans", [])
            self.span_names = sorted(span["name"] for span in spans)

    def paths(self, method: str) -> list[str]:
        return [passage.path for passage in self.passages if passage.method == method]

    def only(self, method: str, end: str) -> Any:
        (found,) = [each for each in self.passages if each.method == method and each.path.endswith(end)]
        return found


@pytest.fixture(scope="module")
def passed(mlflow_door: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> dict[Door, Passed]:
    return {
        door: Passed(mlflow_door.url, tmp_path_factory.mktemp("passing"), NEWEST, door)
        for door in (Door.TOKEN, Door.SECRET)
    }


def test_spans_travel_by_one_upload_and_no_other_way(passed: dict[Door, Passed], door: Door) -> None:
    call = passed[door]
    assert "/v1/traces" not in call.paths("POST")
    assert "/version" not in call.paths("GET")
    assert call.paths("POST").count("/api/3.0/mlflow/traces") == 1
    assert len(call.paths("PUT")) == 1
    assert call.span_names == ["inner", "outer"]


def test_the_upload_shows_no_token(passed: dict[Door, Passed], door: Door) -> None:
    upload = passed[door].only("PUT", "/traces.json")
    assert "authorization" not in upload.headers
    assert upload.status == 200
    credential = json.loads(passed[door].only("GET", "/credentials-for-data-upload").answer)["credential_info"]
    assert upload.headers["user-agent"] == "mlflow-python-client/3.17.2" == credential["headers"][0]["value"]


def test_the_answer_to_a_declaration_sends_the_client_to_upload(passed: dict[Door, Passed], door: Door) -> None:
    answer = json.loads(passed[door].only("POST", "/api/3.0/mlflow/traces").answer)
    tags = answer["trace"]["trace_info"]["tags"]
    assert "mlflow.trace.spansLocation" not in tags
    assert tags["mlflow.artifactLocation"].startswith("dbfs:/databricks/mlflow-tracking/")


def test_a_client_with_a_secret_shows_tokens_that_it_was_given(passed: dict[Door, Passed]) -> None:
    call = passed[Door.SECRET]
    asked = [each for each in call.passages if each.path == "/oidc/v1/token"]
    given = {json.loads(each.answer)["access_token"] for each in asked}
    shown = {
        each.headers["authorization"].removeprefix("Bearer ")
        for each in call.passages
        if each.path.startswith("/api/2")
        if "authorization" in each.headers
    }

    assert shown
    assert shown <= given
    client_id, secret = base64.b64decode(asked[0].headers["authorization"].split(" ")[1]).decode().split(":")
    told = Door.SECRET.environment("")
    assert [client_id, secret] == [told["DATABRICKS_CLIENT_ID"], told["DATABRICKS_CLIENT_SECRET"]]
    assert parse_qs(asked[0].body.decode())["grant_type"] == ["client_credentials"]


def test_all_requests_but_transfers_are_known_by_their_headers(passed: dict[Door, Passed], door: Door) -> None:
    for each in passed[door].passages:
        if each.path.startswith("/api/") and not each.path.startswith("/api/databricks/"):
            assert "databricks-sdk-py/" in each.headers["user-agent"], each.path
            assert each.headers["x-databricks-org-id"] == "0", each.path


# When something fails.


@pytest.mark.parametrize("client", [NEWEST, LEAN_OLDEST], ids=["newest", "lean oldest"])
@pytest.mark.parametrize("fault", [Fault.ANSWER, Fault.CLOSE, Fault.LOSE_ANSWER], ids=lambda fault: fault.value)
@pytest.mark.parametrize("path", ["/api/3.0/mlflow/traces", "/.well-known/databricks-config"])
def test_a_trace_is_stored_once_after_a_failure(
    url: str, tmp_path: Path, client: Client, fault: Fault, path: str
) -> None:
    method = "POST" if path.endswith("traces") else "GET"
    rule = FaultRule(method=method, path=path, fault=fault, times=1, status=503, body=b'{"error_code": "X"}')
    call = Passed(url, tmp_path, client, Door.TOKEN, rule)

    assert rule.times == 0, "the failure happened"
    assert [info["trace_id"] for info in call.infos] == [call.trace_id]
    assert call.span_names == ["inner", "outer"]


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_gets_the_spans_in_the_end(url: str, tmp_path: Path, status: int) -> None:
    rule = FaultRule(method="PUT", path="*/traces.json", times=2, status=status, headers={"Retry-After": "1"})
    call = Passed(url, tmp_path, NEWEST, Door.TOKEN, rule)

    assert rule.times == 0
    assert len(call.paths("PUT")) == 3
    assert call.span_names == ["inner", "outer"]


def test_a_refused_token_is_told_loudly(url: str, tmp_path: Path) -> None:
    body = b'{"error_code": "UNAUTHENTICATED", "message": "the token has expired: sign in again"}'
    rule = FaultRule(method="POST", path="/api/3.0/mlflow/traces", times=9, status=401, body=body)
    call = Passed(url, tmp_path, NEWEST, Door.SECRET, rule)

    assert "ERROR" in call.seen["stderr"]
    assert "authentication error" in call.seen["stderr"]
    assert "the token has expired: sign in again" in call.seen["stderr"]
