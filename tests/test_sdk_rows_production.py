"""What the guides ask of a client that runs in production: redaction, services of one trace, endpoints, replicas."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.mlflow_rest import attributes_of
from tests.support.once import Once
from tests.support.ports import LOOPBACK, free_port
from tests.support.processes import RunningServer
from tests.support.trilha_programs import command_for, run, spans_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Json = Any

REDACTED = """
import trilha.tracing
from trilha.tracing import configure, masks

@mlflow.trace(name=NAME)
def ask(question):
    mlflow.update_current_trace(tags={"environment": "production"}, request_preview=question)
    return {"echo": question}

def fails(span):
    raise RuntimeError("the redaction is broken")

configure(**CONFIGURED)
ask("jane@example.org has the key sk-proj-abcdefghijklmnop1234 and hunter2")
"""
KINDS_OF_REDACTION = {
    "a broken processor": "dict(span_processors=[fails])",
    "masks": "dict(span_processors=[masks.secrets, masks.pii])",
    "nothing captured": "dict(captures_content=False)",
}
CALLED = """
import json, os
import trilha
from trilha.tracing import context, set_tracing_context_from_http_request_headers

with set_tracing_context_from_http_request_headers(json.loads(os.environ["HEADERS"])), context(tags={"tenant": "t-7"}):
    with trilha.start_span("called"):
        trilha.update_current_trace(tags={"found": "3", "said by": "the second"})
"""
CALLING = """
import os, subprocess, sys
from trilha.tracing import get_tracing_context_headers_for_http_request

with mlflow.start_span("calling"):
    mlflow.update_current_trace(tags={"said by": "the first", "step": "ask"}, session_id="s-1")
    headers = json.dumps(get_tracing_context_headers_for_http_request())
    environment = {**os.environ, "HEADERS": headers, "TRILHA_TAGS": "service=second,region=eu"}
    subprocess.run([sys.executable, "-c", os.environ["CALLED"]], env=environment, check=True)
"""
AGENT = """
@mlflow.trace(span_type="AGENT")
def predict(messages):
    return {"role": "assistant", "content": "Hello."}

predict([{"role": "user", "content": "Hi."}])
"""
REPLICA = """
import os, time
from pathlib import Path

@mlflow.trace
def work(number):
    return "x" * 20_000

for number in range(int(os.environ["TRACES"])):
    work(number)
    time.sleep(0.0001)
# Not `ru_maxrss`, which counts what the process was a copy of before its own program began.
(peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
report(int(peak.split()[1]) // 1024)
"""
TRACES_OF_A_REPLICA = 400
POD_MIB = 256
"""What the guide's deployment asks for."""


@pytest.fixture(scope="module")
def stages(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Once[str, Stage]:
    flavour = Flavour(door=Door.HTTP, client=TRILHA)
    return Once(lambda name: set_stage(trilha_server, flavour, tmp_path_factory.mktemp(name)))


# Redaction.


@pytest.fixture(scope="module")
def redacted(stages: Once[str, Stage]) -> dict[str, tuple[Json, Json]]:
    """Traces, each with its attributes, by what was done to them."""
    stage = stages("redacted")
    for name, configured in KINDS_OF_REDACTION.items():
        run(stage, REDACTED.replace("NAME", repr(name)).replace("CONFIGURED", configured))
    with stage.read() as rest:
        infos = {info["tags"]["mlflow.traceName"]: info for info in rest.search()["traces"]}
        return {name: (info, attributes_of(spans_of(rest, info)[0])) for name, info in infos.items()}


@pytest.mark.parametrize("name", KINDS_OF_REDACTION)
def test_no_redaction_loses_the_trace_or_its_tags(name: str, redacted: dict[str, tuple[Json, Json]]) -> None:
    info, _ = redacted[name]
    assert (info["state"], info["tags"]["environment"]) == ("OK", "production")


@pytest.mark.parametrize("name", ["a broken processor", "nothing captured"])
def test_what_was_not_looked_through_or_not_wanted_is_withheld(
    name: str, redacted: dict[str, tuple[Json, Json]]
) -> None:
    assert "hunter2" not in json.dumps(redacted[name])
    assert "jane" not in json.dumps(redacted[name])


def test_a_span_that_was_not_looked_through_says_why_it_is_empty(redacted: dict[str, tuple[Json, Json]]) -> None:
    _, attributes = redacted["a broken processor"]
    assert attributes["trilha.withheld"] == {"string_value": "RuntimeError"}


def test_masks_take_out_secrets_and_people_and_leave_the_rest(redacted: dict[str, tuple[Json, Json]]) -> None:
    written = json.dumps(redacted["masks"])
    assert "[EMAIL] has the key [SECRET] and hunter2" in written
    assert "jane@" not in written
    assert "sk-proj" not in written


# Services of one trace.


@pytest.fixture(scope="module")
def joint(stages: Once[str, Stage]) -> Json:
    """A trace that two services have made."""
    stage = stages("services")
    run(stage, CALLING, {"CALLED": CALLED, "TRILHA_TAGS": "service=first"})
    with stage.read() as rest:
        (info,) = rest.search()["traces"]
        return {**info, "spans": [span["name"] for span in spans_of(rest, info)]}


def test_a_called_service_adds_to_the_trace_and_to_its_tags(joint: Json) -> None:
    assert joint["spans"] == ["calling", "called"]
    said = {"step": "ask", "tenant": "t-7", "found": "3", "said by": "the second"}
    assert said.items() <= joint["tags"].items()


def test_the_tags_of_every_trace_of_a_called_service_are_not_those_of_its_callers_trace(joint: Json) -> None:
    assert joint["tags"]["service"] == "first"
    assert "region" not in joint["tags"]


# Endpoints.


@pytest.mark.parametrize("door", [Door.TOKEN, Door.SECRET])
def test_what_an_endpoint_is_deployed_with_is_all_that_tracing_needs(door: Door, stages: Once[str, Stage]) -> None:
    stage = stages(f"endpoint {door}")
    deployed = {**door.environment(stage.server.url), "ENABLE_MLFLOW_TRACING": "true"}
    del deployed["MLFLOW_TRACKING_URI"]
    deployed["MLFLOW_EXPERIMENT_ID"] = stage.experiment_id
    subprocess.run(command_for(stage, AGENT), env=deployed, check=True, cwd=stage.workdir, timeout=60)
    with stage.read() as rest:
        (info,) = rest.search()["traces"]
    assert (info["tags"]["mlflow.traceName"], info["state"]) == ("predict", "OK")


def test_an_endpoint_that_is_deployed_without_tracing_makes_no_trace(stages: Once[str, Stage]) -> None:
    stage = stages("no tracing")
    run(stage, AGENT, {"ENABLE_MLFLOW_TRACING": "false"})
    with stage.read() as rest:
        assert rest.search().get("traces", []) == []


# Replicas.


def _replicas(stage: Stage, count: int, settings: Mapping[str, str]) -> list[int]:
    """Run so many at once and return how much memory each took at most, MiB."""
    command, environment = command_for(stage, REPLICA), stage.environment(settings)
    replicas = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    return [int(replica.communicate(timeout=60)[0].splitlines()[-1]) for replica in replicas]


def test_replicas_write_to_one_experiment_and_lose_nothing(stages: Once[str, Stage]) -> None:
    stage = stages("replicas")
    taken_mib = _replicas(stage, 2, {"TRACES": str(TRACES_OF_A_REPLICA)})
    with stage.read() as rest:
        body = {"experiment_ids": [stage.experiment_id]}
        (row,) = rest.http.post("/api/v1/figures/traces", json=body).raise_for_status().json()["rows"]
    assert row["traces"] == 2 * TRACES_OF_A_REPLICA
    assert max(taken_mib) < POD_MIB / 2


def test_a_replica_without_a_server_stays_within_the_memory_of_its_pod(stages: Once[str, Stage]) -> None:
    nobody = f"http://{LOOPBACK}:{free_port()}"
    produced = {"TRACES": "6000", "MLFLOW_TRACKING_URI": nobody, "TRILHA_EXIT_TIMEOUT_S": "0"}  # 120 MB
    (taken_mib,) = _replicas(stages("nobody there"), 1, produced)
    assert taken_mib < POD_MIB
