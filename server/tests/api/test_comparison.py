"""Two sets of traces side by side, over the native API."""

from random import Random
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, START_NS, a_span
from server.tests.support.wire import an_experiment, new_number, send

TRACES = 150
NS_PER_MS = 1_000_000
_Json = dict[str, Any]  # Any: JSON


def calls(seed: int, *, errors: float = 0.05, slowness: float = 1.0, step: str = "search") -> list[Span]:
    """The spans of an agent of certain qualities."""
    random = Random(seed)
    spans: list[Span] = []
    for offset in range(TRACES):
        number = new_number()
        start_ns = START_NS + offset * 1000 * NS_PER_MS
        end_ns = start_ns + round(1000 * slowness * random.lognormvariate(0, 0.5)) * NS_PER_MS
        failed = random.random() < errors
        status = Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_OK
        times: dict[str, Any] = {"start_ns": start_ns, "end_ns": end_ns, "trace": number}
        attributes = {"user.id": random.choice(("ana", "bo", "cy"))}
        spans.append(a_span(1, name="agent", status=status, attributes=attributes, **times))
        spans.append(a_span(2, parent=1, name=step, status=status, **times))
    return spans


@pytest.fixture(scope="module")
def experiment(client: Client) -> str:
    """Two releases of which the second is worse, and a third that is as the first."""
    experiment = an_experiment(client)
    for version, spans in {
        "1.0.0": calls(1),
        "1.1.0": calls(2, errors=0.3, slowness=2, step="rerank"),
        "1.2.0": calls(3),
    }.items():
        answer = send(client, *spans, experiment=experiment, **{"service.version": version})
        assert answer.status_code == 200
    return experiment


def compared(client: Client, experiment: str, a: str, b: str, **asked: Any) -> _Json:  # Any: JSON
    answer = client.post("/api/v1/comparison", json={"experiment_ids": [experiment], "a": a, "b": b, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def differing(client: Client, experiment: str, a: str, b: str, **asked: Any) -> _Json:  # Any: JSON
    answer = client.post("/api/v1/differences", json={"experiment_ids": [experiment], "a": a, "b": b, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestComparison:
    def test_a_worse_release_is_called_worse(self, client: Client, experiment: str) -> None:
        answer = compared(client, experiment, "version = '1.0.0'", "version = '1.1.0'")
        assert answer["verdict"] == "worse"
        assert answer["conclusion"].startswith("B is worse than A in error_rate: ")
        metrics = {metric["name"]: metric for metric in answer["metrics"]}
        assert metrics["duration_ms.p50"]["relative_difference"] == pytest.approx(1, abs=0.4)
        errors = metrics["error_rate"]
        assert errors["low"] < errors["difference"] < errors["high"]
        assert errors["difference"] == pytest.approx(errors["b"]["value"] - errors["a"]["value"])
        assert errors["p_value"] <= errors["adjusted_p_value"] < 0.05

    def test_an_equal_release_shows_no_evidence(self, client: Client, experiment: str) -> None:
        answer = compared(client, experiment, "version = '1.0.0'", "version = '1.2.0'")
        assert answer["verdict"] == "no evidence"
        assert {metric["verdict"] for metric in answer["metrics"]} == {"no evidence"}

    def test_the_way_back_is_better(self, client: Client, experiment: str) -> None:
        assert compared(client, experiment, "version = '1.1.0'", "version = '1.0.0'")["verdict"] == "better"

    def test_all_are_counted_and_the_newest_measured(self, client: Client, experiment: str) -> None:
        answer = compared(client, experiment, "version = '1.0.0'", "version = '1.1.0'", sample=100)
        assert (answer["a"]["traces"], answer["a"]["sampled"]) == (TRACES, 100)
        assert answer["metrics"][0]["a"]["count"] == 100

    def test_too_few_traces_are_said_to_be_too_few(self, client: Client, experiment: str) -> None:
        answer = compared(client, experiment, "version = '1.0.0'", "version = '1.1.0'", sample=19)
        assert all(metric["too_few"] for metric in answer["metrics"])
        assert answer["conclusion"] == ("No evidence either way: there are too few measurements to compare A and B.")

    def test_a_common_filter_and_a_time_hold_for_both(self, client: Client, experiment: str) -> None:
        asked = {"filter": "user = 'ana'", "end_ms": NOW_MS + 60_000}
        answer = compared(client, experiment, "version = '1.0.0'", "", **asked)
        assert 0 < answer["a"]["traces"] < answer["b"]["traces"] < 3 * 60
        assert answer["shared_traces"] == answer["a"]["traces"]

    @pytest.mark.parametrize(
        ("asked", "complaint"),
        [
            ({"a": "verson = '1'"}, "did you mean 'version'"),
            ({"b": "version ="}, "ends too early"),
            ({"sample": 20_001}, "less than or equal to 20000"),
            ({"experiment_ids": []}, "at least 1"),
            ({"c": ""}, "Extra inputs"),
        ],
    )
    def test_what_cannot_be_compared_is_explained(self, client: Client, asked: _Json, complaint: str) -> None:
        answer = client.post("/api/v1/comparison", json={"experiment_ids": ["0"], "a": "", "b": "", **asked})
        assert answer.status_code == 400
        assert complaint in answer.json()["detail"]


class TestDifferences:
    def test_the_step_that_only_one_has_stands_out(self, client: Client, experiment: str) -> None:
        answer = differing(client, experiment, "version = '1.0.0'", "version = '1.1.0'")
        found = {(one["attribute"], one["only"]): one for one in answer["attributes"]}
        assert ("span.name", None) in found
        assert ("span.name", "span.status = 'ERROR'") in found
        assert ("execution_time_ms", None) in found
        assert ("user", None) not in found
        assert answer["ignored"] == ["version"]
        assert answer["different"] == len(answer["attributes"]) < answer["compared"]
        divergences = [one["divergence"] for one in answer["attributes"]]
        assert divergences == sorted(divergences, reverse=True)

    def test_the_filter_of_a_value_finds_the_traces_that_were_counted(self, client: Client, experiment: str) -> None:
        answer = differing(client, experiment, "version = '1.0.0'", "version = '1.1.0'")
        values = [value for one in answer["attributes"] for value in one["values"]]
        assert len(values) >= 8
        for value in values:
            body = {"experiment_ids": [experiment], "filter": f"version = '1.1.0' AND {value['filter']}"}
            page = client.post("/api/v1/traces/search", json={**body, "max_results": 500}).json()
            assert len(page["traces"]) == value["count_b"], value["filter"]
            assert value["share_b"] == value["count_b"] / TRACES

    def test_alike_sets_differ_in_nothing(self, client: Client, experiment: str) -> None:
        asked = {"a": "tags.none IS NULL AND version = '1.0.0'", "b": "version = '1.2.0'"}
        answer = differing(client, experiment, **asked)
        assert [one["attribute"] for one in answer["attributes"] if "version" not in one["attribute"]] == []

    def test_lists_are_as_long_as_asked_for(self, client: Client, experiment: str) -> None:
        asked = {"max_attributes": 1, "max_values": 1, "sample": 50}
        answer = differing(client, experiment, "version = '1.0.0'", "version = '1.1.0'", **asked)
        assert (answer["a"]["traces"], answer["a"]["sampled"]) == (TRACES, 50)
        [only] = answer["attributes"]
        assert len(only["values"]) == 1
        assert answer["different"] > 1
