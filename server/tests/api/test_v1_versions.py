"""Versions of the native API, and the versions that traces mean."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from trilha import names

from server.tests.support.client import Client
from server.tests.support.spans import a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

VERSIONS = "/api/v1/versions"
MISSING = "m-" + "0" * 32


def made(client: Client, **new: Any) -> dict[str, Any]:
    answer = client.post(VERSIONS, json={"name": f"agent-{new_number()}", **new})
    assert answer.status_code == 200, answer.text
    return answer.json()


def found(client: Client, experiment: str, text: str) -> list[dict[str, Any]]:
    answer = client.post("/api/v1/traces/search", json={"experiment_ids": [experiment], "filter": text})
    assert answer.status_code == 200, answer.text
    return answer.json()["traces"]


def named(client: Client, experiment: str, version: str, number: int) -> str:
    """Send a trace that names a version in the environment, as MLflow's clients do."""
    info = {
        "trace_id": trace_id(number),
        "trace_location": {"mlflow_experiment": {"experiment_id": experiment}},
        "request_time": "2026-11-21T10:29:43.690Z",
        "state": "OK",
        "trace_metadata": {names.MODEL_ID: version},
    }
    assert client.post("/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}}).status_code == 200
    return trace_id(number)


class TestVersions:
    def test_one_is_made_read_and_found(self, client: Client) -> None:
        experiment = an_experiment(client)
        answer = made(
            client, experiment_id=experiment, name="agent-v1.0.1", kind="agent", tags={"a": "1"}, params={"p": "x"}
        )
        version = answer["version"]

        assert answer["is_new"]
        assert (version["name"], version["kind"], version["status"]) == ("agent-v1.0.1", "agent", "READY")
        assert (version["tags"], version["params"], version["metrics"]) == ({"a": "1"}, {"p": "x"}, [])
        assert client.get(f"{VERSIONS}/{version['version_id']}").json()["version"] == version
        over_mlflow = client.get(f"/api/2.0/mlflow/logged-models/{version['version_id']}").json()["model"]["info"]
        assert over_mlflow["name"] == "agent-v1.0.1"

    def test_a_name_is_made_once_where_that_is_asked_for(self, client: Client) -> None:
        experiment = an_experiment(client)
        new = {"experiment_id": experiment, "name": "agent-git-1", "get_or_create": True}
        first = made(client, **new, tags={"a": "1"})
        again = made(client, **new, tags={"a": "2"})

        assert (first["is_new"], again["is_new"]) == (True, False)
        assert again["version"] == first["version"]
        assert made(client, experiment_id=experiment, name="agent-git-1")["is_new"]
        assert made(client, **{**new, "experiment_id": an_experiment(client)})["is_new"]

    def test_jobs_that_come_at_once_get_the_same_one(self, client: Client) -> None:
        new = {"experiment_id": an_experiment(client), "name": "agent-git-2", "get_or_create": True}
        with ThreadPoolExecutor(8) as jobs:
            asked = [jobs.submit(made, client, **new) for _ in range(16)]
        answers = [job.result() for job in asked]

        assert len({answer["version"]["version_id"] for answer in answers}) == 1
        assert [answer["is_new"] for answer in answers].count(True) == 1

    def test_a_client_of_mlflow_may_ask_for_it_with_a_tag(self, client: Client) -> None:
        experiment = an_experiment(client)
        body = {"experiment_id": experiment, "name": "agent", "tags": [{"key": names.GET_OR_CREATE, "value": "true"}]}
        ids = [
            client.post("/api/2.0/mlflow/logged-models", json=request).json()["model"]["info"]["model_id"]
            for request in (body, body, {**body, "tags": []}, body)
        ]

        assert ids[0] == ids[1]
        assert ids[2] == ids[3] != ids[0], "without the tag there is another one, which answers to the name"

    def test_status_tags_and_parameters_change(self, client: Client) -> None:
        version = made(client, status="PENDING", tags={"a": "1", "b": "2"})["version"]
        path = f"{VERSIONS}/{version['version_id']}"
        changed = client.patch(path, json={"status": "FAILED", "tags": {"a": None, "c": "3"}, "params": {"p": "1"}})

        assert changed.status_code == 200
        assert {key: changed.json()[key] for key in ("status", "tags", "params")} == {
            "status": "FAILED",
            "tags": {"b": "2", "c": "3"},
            "params": {"p": "1"},
        }
        assert client.patch(path, json={"params": {"p": "2"}}).status_code == 400
        assert client.patch(path, json={"tags": {"a": None}}).status_code == 404

    def test_one_is_put_away(self, client: Client) -> None:
        path = f"{VERSIONS}/{made(client)['version']['version_id']}"

        assert client.delete(path).status_code == 200
        assert client.get(path).status_code == client.delete(path).status_code == 404

    def test_they_are_searched_and_paged(self, client: Client) -> None:
        experiment = an_experiment(client)
        for number in range(3):
            made(client, experiment_id=experiment, name=f"v{number}", tags={"n": str(number)})
        request: dict[str, Any] = {"experiment_ids": [experiment], "order_by": ["name"], "filter": "tags.n != '1'"}
        first = client.post(f"{VERSIONS}/search", json={**request, "max_results": 1}).json()
        rest = client.post(f"{VERSIONS}/search", json={**request, "page_token": first["next_page_token"]}).json()

        assert [version["name"] for version in (*first["versions"], *rest["versions"])] == ["v0", "v2"]
        assert rest["next_page_token"] is None

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"name": ""}, 400),
            ({"name": "a/b"}, 400),
            ({"name": "n" * 501}, 400),
            ({}, 400),
            ({"name": "a", "status": "DONE"}, 400),
            ({"name": "a", "experiment_id": "99999999"}, 404),
            ({"name": "a", "tags": {"": "x"}}, 400),
        ],
    )
    def test_what_cannot_be_made_is_a_problem(self, client: Client, body: dict[str, Any], status: int) -> None:
        answer = client.post(VERSIONS, json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")

    def test_what_is_not_there_is_told(self, client: Client) -> None:
        for path in (MISSING, "x", "m-%20"):
            assert client.get(f"{VERSIONS}/{path}").status_code == 404

    def test_a_version_shows_what_its_traces_come_to(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number()
        version = made(client, experiment_id=experiment, name="agent-1")["version"]
        path = f"{VERSIONS}/{version['version_id']}"
        assert client.get(path).json()["figures"]["traces"] == 0

        named(client, experiment, "agent-1", number)
        named(client, experiment, version["version_id"], new_number())
        named(client, experiment, "other", new_number())

        figures = client.get(path).json()["figures"]
        assert (figures["traces"], figures["errors"], figures["total_tokens"]) == (2, 0, 0)


class TestVersionsOfTraces:
    def test_a_name_is_shown_with_the_version_that_it_means(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number()
        trace = named(client, experiment, "agent-v1.0", number)
        [before] = found(client, experiment, "model_id = 'agent-v1.0'")
        assert (before["version"], before["version_id"], before["is_version_known"]) == ("agent-v1.0", None, False)

        version = made(client, experiment_id=experiment, name="agent-v1.0")["version"]

        [after] = found(client, experiment, "model_id = 'agent-v1.0'")
        expected = {
            "version": "agent-v1.0",
            "version_id": version["version_id"],
            "version_name": "agent-v1.0",
            "is_version_known": True,
        }
        assert {key: after[key] for key in expected} == expected
        assert after["metadata"] == before["metadata"]
        one = client.get(f"/api/v1/traces/{trace}").json()["trace"]
        changes = client.get(f"/api/v1/traces/changes?experiment_id={experiment}").json()["traces"]
        edited = client.patch(f"/api/v1/traces/{trace}/tags", json={"tags": {}}).json()
        assert one == changes[0] == edited == after

    def test_an_id_is_shown_with_its_name(self, client: Client) -> None:
        experiment = an_experiment(client)
        version = made(client, experiment_id=experiment, name="agent")["version"]
        named(client, experiment, version["version_id"], new_number())

        [trace] = found(client, experiment, "version = 'agent'")

        assert (trace["version"], trace["version_name"]) == (version["version_id"], "agent")

    def test_a_trace_without_a_version_has_none(self, client: Client) -> None:
        experiment = an_experiment(client)
        send(client, a_span(trace=new_number()), experiment=experiment)

        [trace] = found(client, experiment, "")

        assert (trace["version"], trace["version_id"], trace["is_version_known"]) == (None, None, False)

    def test_every_search_finds_by_name_and_by_id_alike(self, client: Client) -> None:
        experiment = an_experiment(client)
        version = made(client, experiment_id=experiment, name="agent")["version"]["version_id"]
        expected = {named(client, experiment, text, new_number()) for text in ("agent", version)}
        location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}

        for text in (f"model_id = '{version}'", "model_id = 'agent' AND status = 'OK'", f"version IN ('{version}')"):
            v3 = client.post("/api/3.0/mlflow/traces/search", json={"locations": [location], "filter": text}).json()
            assert {info["trace_id"] for info in v3["traces"]} == expected
            v4 = client.post(
                "/api/4.0/mlflow/traces/search-long-running", json={"locations": [location], "filter": text}
            ).json()
            assert {info["trace_id"] for info in v4["response"]["trace_infos"]} == expected
            v2 = client.get("/api/2.0/mlflow/traces", params={"experiment_ids": experiment, "filter": text}).json()
            assert {info["request_id"] for info in v2["traces"]} == expected
            assert {trace["trace_id"] for trace in found(client, experiment, text)} == expected
