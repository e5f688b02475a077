"""What the SDK sends arrives: at a server of the tests' own where the request matters, else at Trilha."""

import time

import httpx
import pytest

from tests.support.processes import RunningServer
from tests.support.sdk_programs import run
from tests.support.sink import OK, Reply, Sink, Taken

pytestmark = pytest.mark.slow


def _roots(server: RunningServer, experiment_id: str) -> set[str]:
    body = {
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment_id}}],
        "max_results": 500,
    }
    answer = httpx.post(f"{server.url}/api/3.0/mlflow/traces/search", json=body).raise_for_status().json()
    return {trace["tags"]["mlflow.traceName"] for trace in answer.get("traces", [])}


def _experiment_id(server: RunningServer, name: str) -> str:
    answer = httpx.get(f"{server.url}/api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
    return str(answer.raise_for_status().json()["experiment"]["experiment_id"])


def test_traces_arrive_in_the_experiment_of_the_environment_which_the_server_makes(trilha_server: RunningServer):
    name = f"/Shared/Ação {time.time_ns()}"
    ended = run(
        "a_trace('hello', children=9)\nreport(flushed=process.flush(10))",
        trilha_server.url,
        {"MLFLOW_EXPERIMENT_NAME": name},
    )
    assert ended.reports == [{"flushed": True}], ended.err
    assert _roots(trilha_server, _experiment_id(trilha_server, name)) == {"hello"}


def test_traces_arrive_in_the_default_experiment_when_nothing_is_said(trilha_server: RunningServer):
    name = f"nameless {time.time_ns()}"
    run(f"a_trace({name!r})", trilha_server.url)
    assert name in _roots(trilha_server, "0")


def test_an_experiment_that_is_not_there_is_said_and_its_spans_are_kept(trilha_server: RunningServer):
    ended = run(
        "a_trace()\nreport(flushed=process.flush(5), **counted())",
        trilha_server.url,
        {"MLFLOW_EXPERIMENT_ID": "987654"},
    )
    assert ended.reports[0]["flushed"] is False
    assert ended.reports[0]["spans_waiting"] == 3
    assert "987654" in ended.err


def test_a_client_id_and_its_secret_are_enough(trilha_server: RunningServer):
    name = f"/Shared/oauth {time.time_ns()}"
    said = {
        "TRILHA_TRACKING_URI": "databricks",
        "DATABRICKS_HOST": trilha_server.url,
        "DATABRICKS_CLIENT_ID": "service",
        "DATABRICKS_CLIENT_SECRET": "secret",
        "MLFLOW_EXPERIMENT_NAME": name,
    }
    ended = run("a_trace('signed in')\nreport(flushed=process.flush(10))", trilha_server.url, said)
    assert ended.reports == [{"flushed": True}], ended.err
    assert _roots(trilha_server, _experiment_id(trilha_server, name)) == {"signed in"}


def test_a_token_that_the_server_no_longer_likes_is_renewed():
    issued: list[str] = []

    def behaviour(request: Taken) -> Reply:
        if request.path == "/oidc/v1/token":
            issued.append(f"token-{len(issued)}")
            return Reply(body=b'{"access_token":"%s","expires_in":3600}' % issued[-1].encode())
        return OK if request.headers.get("authorization") == "Bearer token-1" else Reply(status=401)

    said = {"TRILHA_TRACKING_URI": "databricks", "DATABRICKS_CLIENT_ID": "id", "DATABRICKS_CLIENT_SECRET": "hunter2"}
    with Sink(behaviour) as sink:
        ended = run("a_trace()\nreport(flushed=process.flush(10))", sink.url, {**said, "DATABRICKS_HOST": sink.url})
        sent = [request for request in sink.accepted if request.path == "/v1/traces"]
    assert ended.reports == [{"flushed": True}], ended.err
    assert issued == ["token-0", "token-1"]
    assert sum(len(request.spans) for request in sent) == 3
    assert "hunter2" not in ended.err


def test_the_request_says_who_sends_it_and_where_it_goes():
    said = {
        "MLFLOW_TRACKING_TOKEN": "abc",
        "MLFLOW_EXPERIMENT_NAME": "/Shared/é\nx",
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
    }
    with Sink() as sink:
        run("a_trace()", sink.url, said)
    (request,) = sink.requests
    assert request.path == "/v1/traces"
    assert request.headers["authorization"] == "Bearer abc"
    assert request.headers["x-trilha-experiment"].encode("latin-1").decode() == "/Shared/é x"
    assert request.headers["content-type"] == "application/x-protobuf"
    assert b"shop" in request.body


def test_a_change_of_the_server_is_followed():
    with Sink() as first, Sink() as second:
        program = f"""
        from trilha._settings import change
        a_trace("one")
        process.flush(5)
        change(tracking_uri={second.url!r})
        a_trace("two")
        process.flush(5)
        """
        run(program, first.url)
    assert (first.root_names, second.root_names) == (["one"], ["two"])
