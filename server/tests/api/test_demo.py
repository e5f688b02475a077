"""The demo, made by the server itself."""

import json
from typing import Any

import httpx
import pytest
from trilha_server.cli.demo import send
from trilha_server.demo import DEMO_EXPERIMENT, DEMO_TRACES
from trilha_server.demo.week import UNTIL_TAG, until_ms

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS


def everything(client: Client, experiment_id: str) -> list[dict[str, Any]]:
    """All traces with their assessments, without what differs from server to server."""
    answer = client.get("/api/v1/traces/export", params={"experiment_id": experiment_id})
    traces = [json.loads(line) for line in answer.text.splitlines()]
    for trace in traces:
        del trace["change"], trace["version_id"]
    return traces


@pytest.fixture(scope="module")
def filled(a_server: Door) -> tuple[Client, dict[str, Any]]:
    client = a_server()
    answer = client.post("/api/v1/demo")
    assert answer.status_code == 200, answer.text
    return client, answer.json()


def test_one_request_fills_an_experiment_with_a_week_of_traces(filled: tuple[Client, dict[str, Any]]) -> None:
    client, made = filled
    traces = everything(client, made["experiment_id"])

    assert (made["name"], made["traces"], len(traces)) == (DEMO_EXPERIMENT, DEMO_TRACES, DEMO_TRACES)
    assert {trace["state"] for trace in traces} == {"OK", "ERROR", "IN_PROGRESS"}
    assert all(trace["span_count"] > 1 and trace["session"] and trace["user"] for trace in traces)
    assert any(trace["assessments"] for trace in traces)


def test_the_traces_name_versions_that_are_there(filled: tuple[Client, dict[str, Any]]) -> None:
    client, made = filled
    found = client.post("/api/v1/versions/search", json={"experiment_ids": [made["experiment_id"]]}).json()["versions"]

    assert {trace["version_name"] for trace in everything(client, made["experiment_id"])} == {
        version["name"] for version in found
    }
    assert {version["params"]["model"] for version in found} == {"gpt-4o-mini", "gpt-4o", "gpt-4.1-mini"}


def test_asking_again_the_same_day_changes_nothing(filled: tuple[Client, dict[str, Any]]) -> None:
    client, made = filled
    before = everything(client, made["experiment_id"])

    assert client.post("/api/v1/demo").json() == made
    assert everything(client, made["experiment_id"]) == before
    search = {"experiment_ids": [made["experiment_id"]]}
    assert len(client.post("/api/v1/versions/search", json=search).json()["versions"]) == 3


@pytest.mark.parametrize("told", ["", "yesterday", "²", "9" * 30, "9" * 5000, "-1"])
def test_a_tag_that_is_no_time_is_not_taken_for_the_end_of_the_week(told: str) -> None:
    assert until_ms(told, NOW_MS) == NOW_MS


def test_it_is_what_the_command_sends(filled: tuple[Client, dict[str, Any]], a_server: Door) -> None:
    client, made = filled
    told = client.get(f"/api/v1/experiments/{made['experiment_id']}").json()["tags"][UNTIL_TAG]
    other = a_server()
    sent, _ = send(_Httpx(other), DEMO_EXPERIMENT, DEMO_TRACES, int(told))

    assert everything(other, sent) == everything(client, made["experiment_id"])


def test_a_deleted_experiment_is_not_filled(a_server: Door) -> None:
    client = a_server()
    experiment = client.post("/api/v1/experiments", json={"name": DEMO_EXPERIMENT}).json()["experiment_id"]
    client.post("/api/2.0/mlflow/experiments/delete", json={"experiment_id": experiment})
    answer = client.post("/api/v1/demo")

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert everything(client, experiment) == []


def test_what_came_in_so_is_counted(filled: tuple[Client, dict[str, Any]]) -> None:
    client, made = filled
    counts = client.get("/api/v1/ingestion").json()["counts"]
    [kept] = [count for count in counts if count["outcome"] == "kept" and count["protocol"] == "demo"]

    assert kept["client"].startswith("trilha-demo/")
    assert kept["experiment_id"] == made["experiment_id"]
    assert kept["spans"] > DEMO_TRACES


class _Httpx(httpx.Client):
    """The server in this process, as the command's client."""

    def __init__(self, server: Client) -> None:
        super().__init__(base_url="http://trilha")
        self._server = server

    def request(self, method: str, url: Any, **how: Any) -> httpx.Response:  # Any: what httpx takes
        return self._server.request(method, str(url), **{key: value for key, value in how.items() if value is not None})
