"""When the network fails, MLflow's clients still end up with their trace stored once."""

import itertools
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support.clients import LEAN_NEWEST, NEWEST, OLDEST, Client
from tests.support.fault_proxy import Fault, FaultProxy, FaultRule, Passage
from tests.support.mlflow_rest import V2, V3, MlflowRest
from tests.support.processes import RunningServer

pytestmark = pytest.mark.timeout(120)

SPANS = "/v1/traces"
INFO = f"{V3}/traces"
SPAN_NAMES = ["inner", "outer"]

FAULTS: dict[str, dict[str, Any]] = {
    "500": {"fault": Fault.ANSWER, "times": 2, "status": 500},
    "502 of a proxy": {"fault": Fault.ANSWER, "times": 1, "status": 502, "body": b"<html>Bad Gateway</html>"},
    "503": {"fault": Fault.ANSWER, "times": 1, "status": 503, "headers": {"Retry-After": "1"}},
    "429": {"fault": Fault.ANSWER, "times": 2, "status": 429, "headers": {"Retry-After": "1"}},
    "closed": {"fault": Fault.CLOSE, "times": 2},
    "answer lost": {"fault": Fault.LOSE_ANSWER, "times": 1},
    "hangs": {"fault": Fault.HANG, "times": 1, "hang_s": 4.0},
}
"""What goes wrong before it goes well."""

IMPATIENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "0",
    "MLFLOW_HTTP_REQUEST_BACKOFF_JITTER": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "2",
    "MLFLOW_ASYNC_TRACE_LOGGING_MAX_INTERVAL_MILLIS": "200",
}


class Outcome:
    """What is left after a client has traced through a faulty network."""

    def __init__(self, door: RunningServer, workdir: Path, client: Client, *rules: FaultRule) -> None:
        with FaultProxy(door.url, *rules) as proxy:
            told = {"EXPERIMENT": f"/t/failing-{uuid4().hex[:8]}", **IMPATIENT}
            self.seen = client.make().run("failing", proxy.url, workdir, told)
            self.passages = list(proxy.passages)
        self.unused = [rule for rule in rules if rule.times > 0]
        with MlflowRest(door.url, self.seen["experiment_id"]) as rest:
            self.infos = rest.search().get("traces", [])
        self._door = door

    def span_names(self) -> list[str]:
        """Name the spans that the server has of the trace."""
        with MlflowRest(self._door.url, self.seen["experiment_id"]) as rest:
            asked = {"trace_id": self.seen["trace_id"], "allow_partial": "True"}
            answer = rest.http.get(f"{V3}/traces/get", params=asked)
            return sorted(span["name"] for span in answer.raise_for_status().json()["trace"].get("spans", []))

    def passed(self, method: str, path: str) -> list[Passage]:
        return [passage for passage in self.passages if (passage.method, passage.path) == (method, path)]


@pytest.mark.parametrize("client", [NEWEST, LEAN_NEWEST], ids=["newest", "lean newest"])
@pytest.mark.parametrize("path", [SPANS, INFO])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_trace_is_stored_once_after_failures(
    mlflow_door: RunningServer, tmp_path: Path, client: Client, path: str, fault: str
) -> None:
    if client is NEWEST and fault not in {"500", "answer lost"}:
        pytest.skip("the calls of the full client are the same")
    outcome = Outcome(mlflow_door, tmp_path, client, FaultRule(method="POST", path=path, **FAULTS[fault]))
    assert not outcome.unused, "the failures happened"
    assert [info["trace_id"] for info in outcome.infos] == [outcome.seen["trace_id"]]
    assert outcome.span_names() == SPAN_NAMES
    (info,) = outcome.infos
    assert (info["state"], info["client_request_id"]) == ("OK", "req-fault")


def test_the_application_does_not_wait_for_retries(mlflow_door: RunningServer, tmp_path: Path) -> None:
    hanging = FaultRule(method="POST", path=SPANS, fault=Fault.HANG, times=1, hang_s=4)
    outcome = Outcome(mlflow_door, tmp_path, LEAN_NEWEST, hanging)
    assert outcome.seen["call_s"] < 1


def test_retry_after_is_honoured(mlflow_door: RunningServer, tmp_path: Path) -> None:
    busy = FaultRule(method="POST", path=INFO, times=2, status=429, headers={"Retry-After": "1"})
    outcome = Outcome(mlflow_door, tmp_path, LEAN_NEWEST, busy)
    tries = outcome.passed("POST", INFO)
    assert [passage.status for passage in tries] == [429, 429, 200]
    assert all(later.at_s - earlier.at_s > 0.9 for earlier, later in itertools.pairwise(tries))


@pytest.mark.parametrize("status", [404, 501])
def test_spans_that_a_gateway_refuses_are_saved_another_way(
    mlflow_door: RunningServer, tmp_path: Path, status: int
) -> None:
    refused = FaultRule(method="POST", path=SPANS, times=99, status=status, body=b"<html>no</html>")
    outcome = Outcome(mlflow_door, tmp_path, LEAN_NEWEST, refused)
    _assert_read_back_whole(mlflow_door, tmp_path, outcome)


def test_a_server_that_could_not_tell_its_version_gets_the_spans(mlflow_door: RunningServer, tmp_path: Path) -> None:
    silent = FaultRule(method="GET", path="/version", times=1, status=503)
    outcome = Outcome(mlflow_door, tmp_path, LEAN_NEWEST, silent)
    _assert_read_back_whole(mlflow_door, tmp_path, outcome)


def _assert_read_back_whole(door: RunningServer, workdir: Path, outcome: Outcome) -> None:
    assert [info["trace_id"] for info in outcome.infos] == [outcome.seen["trace_id"]]
    seen = LEAN_NEWEST.run("reading", door.url, workdir, {"TRACE_ID": outcome.seen["trace_id"]})
    assert seen["trace"] is not None
    assert sorted(span["name"] for span in seen["trace"]["spans"]) == SPAN_NAMES


def test_the_oldest_client_gets_through_failures_too(mlflow_door: RunningServer, tmp_path: Path) -> None:
    rule = FaultRule(method="POST", path=f"{V2}/traces", times=1, status=500)
    outcome = Outcome(mlflow_door, tmp_path, OLDEST, rule)
    assert not outcome.unused
    (info,) = outcome.infos
    assert (info["trace_id"], info["state"]) == (outcome.seen["trace_id"], "OK")
