"""`python -m trilha traces` and `trilha traces`, which do what `mlflow traces` does."""

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import NEWEST, TRILHA, client_environment
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.processes import RunningServer, trilha_command
from tests.support.trilha_programs import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MAKE = """
@mlflow.trace(name="answer", span_type="AGENT")
def answer(question, fails):
    mlflow.update_current_trace(tags={"environment": "production", "a.b": "with, comma"})
    with mlflow.start_span("look up", span_type="TOOL") as span:
        span.set_outputs(["Lisboa"])
    if fails:
        raise ValueError("boom")
    return question

answer("olá", False)
good = mlflow.get_last_active_trace_id()
try:
    answer("adeus", True)
except ValueError:
    bad = mlflow.get_last_active_trace_id()
mlflow.log_feedback(trace_id=good, name="good", value=0.5)
mlflow.log_expectation(trace_id=good, name="wanted", value="Lisboa")
mlflow.log_feedback(trace_id=good, name="kind", value="yes")
report([good, bad])
"""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """What a command left behind."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """The document that it printed."""
        return json.loads(self.output)


@dataclass(frozen=True, kw_only=True)
class Desk:
    """An experiment with a trace that went well and one that failed."""

    stage: Stage
    good: str
    bad: str

    def traces(self, *words: str, by: Sequence[str] = (), **environment: str) -> Ended:
        """Run `python -m trilha traces …`, or another program's command of the name."""
        command = [*(by or [str(TRILHA.program("python")), "-m", "trilha"]), "traces", *words]
        told = {"MLFLOW_EXPERIMENT_ID": self.stage.experiment_id, **environment}
        surroundings = {**client_environment(self.stage.server.url, self.stage.workdir), **told}
        done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=60, check=False)
        return Ended(code=done.returncode, output=done.stdout, errors=done.stderr)

    def assessments(self) -> list[dict[str, Any]]:
        """Read what is said of the trace that failed."""
        return self.traces("get", "--trace-id", self.bad).json["info"].get("assessments", [])


@pytest.fixture(scope="module")
def desk(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    stage = set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path_factory.mktemp("cli"))
    good, bad = run(stage, MAKE)
    return Desk(stage=stage, good=good, bad=bad)


@pytest.mark.parametrize(
    "fields",
    [
        "info.trace_id,info.assessments.*",
        "info.assessments.*.feedback.value,data.spans.*.name,info.tags.`mlflow.traceName`,info.state,info.request_time",
    ],
)
def test_the_fields_of_a_trace_are_those_that_mlflow_prints(desk: Desk, fields: str) -> None:
    words = ("get", "--trace-id", desk.good, "--extract-fields", fields)
    theirs = desk.traces(*words, by=[str(NEWEST.make().program("mlflow"))])
    ours = desk.traces(*words)
    assert ours.json == theirs.json
    assert desk.traces(*words, by=[str(trilha_command())]).json == ours.json


def test_a_whole_trace_is_what_the_client_writes(desk: Desk) -> None:
    shown = desk.traces("get", "--trace-id", desk.good)
    program = f"report(json.loads(mlflow.get_trace({desk.good!r}).to_json()))"
    assert shown.json == run(desk.stage, program)
    assert "olá" in shown.output


def test_a_search_prints_pages(desk: Desk) -> None:
    words = ("search", "--max-results", "1", "--order-by", "timestamp_ms ASC", "--output", "json")
    first = desk.traces(*words, "--extract-fields", "info.trace_id").json
    token = first.pop("next_page_token")
    second = desk.traces(*words, "--page-token", token).json
    assert first == {"traces": [{"info": {"trace_id": desk.good}}]}
    assert [each["info"]["trace_id"] for each in second["traces"]] == [desk.bad]
    assert token in desk.traces(*words[:-2]).output


def test_a_search_needs_no_spans(desk: Desk) -> None:
    found = desk.traces("search", "--no-include-spans", "--output", "json", "--filter-string", "status = 'ERROR'").json
    assert [(each["info"]["trace_id"], each["data"]["spans"]) for each in found["traces"]] == [(desk.bad, [])]


def test_a_table_has_the_fields_that_are_wanted(desk: Desk) -> None:
    listed = desk.traces("search", "--extract-fields", "info.trace_id,info.tags.`a.b`,data.spans.*.name").output
    lines = [line.split("  ") for line in listed.splitlines()]
    assert [cell.strip() for cell in lines[0] if cell] == ["info.trace_id", "info.tags.`a.b`", "data.spans.*.name"]
    assert [cell.strip() for cell in lines[2] if cell] == [desk.bad, "with, comma", "answer, look up"]


@pytest.mark.parametrize("variables", [{"MLFLOW_EXPERIMENT_ID": ""}, {}])
def test_an_experiment_is_named_by_id_or_name_or_by_the_environment(desk: Desk, variables: dict[str, str]) -> None:
    named = ("-x", desk.stage.experiment) if variables else ()
    assert desk.good in desk.traces("search", *named, **variables).output


def test_tags_are_set_and_deleted(desk: Desk) -> None:
    key = ("--trace-id", desk.bad, "--key", "reviewed")
    assert desk.traces("set-tag", *key, "--value", "yes").code == 0
    tags = ("get", "--trace-id", desk.bad, "--extract-fields", "info.tags.reviewed")
    assert desk.traces(*tags).json == {"info": {"tags": {"reviewed": "yes"}}}
    assert desk.traces("delete-tag", *key).code == 0
    assert desk.traces(*tags).json == {}


def test_feedback_is_given_read_changed_and_deleted(desk: Desk) -> None:
    said = desk.traces(
        *("log-feedback", "--trace-id", desk.bad, "--name", "metrics", "--value", '{"accuracy": 0.95}'),
        *("--source-type", "LLM_JUDGE", "--source-id", "judge-1", "--rationale", "why", "--metadata", '{"n": 1}'),
    )
    assessment_id = said.output.split()[-1]
    named = ("--trace-id", desk.bad, "--assessment-id", assessment_id)
    first = desk.traces("get-assessment", *named).json
    assert first["feedback"] == {"value": {"accuracy": 0.95}}
    assert first["source"] == {"source_type": "LLM_JUDGE", "source_id": "judge-1"}
    assert (first["rationale"], first["metadata"]) == ("why", {"n": "1"})

    assert desk.traces("update-assessment", *named, "--value", "0.9").code == 0
    assert desk.traces("update-assessment", *named, "--rationale", "looked again").code == 0
    changed = desk.traces("get-assessment", *named).json
    assert (changed["feedback"], changed["rationale"]) == ({"value": 0.9}, "looked again")
    assert changed["metadata"] == {"n": "1"}

    assert desk.traces("delete-assessment", *named).code == 0
    assert desk.traces("get-assessment", *named).code == 1


def test_feedback_is_given_where_programs_are_not_traced(desk: Desk) -> None:
    words = ("log-feedback", "--trace-id", desk.bad, "--name", "quiet", "--value", "good")
    assert desk.traces(*words, MLFLOW_TRACING_ENABLED="false").code == 0
    assert ("quiet", "good") in [
        (each["assessment_name"], each.get("feedback", {}).get("value")) for each in desk.assessments()
    ]


def test_an_expectation_is_given_as_text_or_json(desk: Desk) -> None:
    for name, value in [("plain", "Paris"), ("deep", '{"a": [1]}')]:
        words = ("log-expectation", "--trace-id", desk.bad, "--name", name, "--value", value)
        assert desk.traces(*words).code == 0
    said = {each["assessment_name"]: each.get("expectation") for each in desk.assessments()}
    assert (said["plain"], said["deep"]) == ({"value": "Paris"}, {"value": {"a": [1]}})


def test_traces_are_deleted_by_id(trilha_server: RunningServer, tmp_path: Path) -> None:
    stage = set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path)
    good, bad = run(stage, MAKE)
    desk = Desk(stage=stage, good=good, bad=bad)
    assert desk.traces("delete", "--trace-ids", f"{good},tr-unknown").output == "Deleted 1 trace.\n"
    listed = desk.traces("search").output
    assert bad in listed
    assert good not in listed


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("search", "--extract-fields", "info.nonsense"), "no field info.nonsense"),
        (("delete",), "either --trace-ids or --max-timestamp-millis"),
        (("delete", "--trace-ids", "a", "--max-traces", "1"), "--max-traces goes with"),
        (("update-assessment", "--trace-id", "a", "--assessment-id", "b"), "say what is to change"),
        (("log-feedback", "--trace-id", "a", "--name", "b", "--value", "c", "--metadata", "d"), "a JSON object"),
        (("evaluate", "--trace-ids", "a", "--scorers", "Safety"), "no command 'evaluate' here"),
        (("get",), "--trace-id"),
        ((), "command"),
    ],
)
def test_wrong_use_is_told_and_ends_with_2(desk: Desk, words: tuple[str, ...], told: str) -> None:
    for program in ((), (str(trilha_command()),)):
        ended = desk.traces(*words, by=program)
        assert (ended.code, ended.output) == (2, "")
        assert told in ended.errors


def test_without_an_experiment_nothing_is_searched(desk: Desk) -> None:
    ended = desk.traces("search", MLFLOW_EXPERIMENT_ID="")
    assert ended.code == 2
    assert "--experiment-id, MLFLOW_EXPERIMENT_ID or MLFLOW_EXPERIMENT_NAME" in ended.errors


@pytest.mark.parametrize(
    ("words", "uri", "told"),
    [
        (("get", "--trace-id", "tr-" + "0" * 32), None, "there is no such trace"),
        (("search", "--filter-string", "status = "), None, "expected a value"),
        (("search", "-x", "/Shared/nowhere"), None, "there is no experiment '/Shared/nowhere'"),
        (("search",), "http://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_ends_with_1(
    desk: Desk, words: tuple[str, ...], uri: str | None, told: str
) -> None:
    ended = desk.traces(*words, MLFLOW_TRACKING_URI=uri or desk.stage.server.url)
    assert (ended.code, ended.output) == (1, "")
    assert ended.errors.count("\n") == 1
    assert ended.errors.startswith(f"python -m trilha traces {words[0]}: ")
    assert told in ended.errors


def test_unknown_fields_are_followed_by_those_that_there_are_where_that_is_wanted(desk: Desk) -> None:
    ended = desk.traces("get", "--trace-id", desk.good, "--extract-fields", "info.name", "--verbose")
    assert "info.trace_id" in ended.errors.splitlines()


def test_the_server_is_not_asked_for_what_is_wrong(desk: Desk) -> None:
    ended = desk.traces("get", "--trace-id", "a", "--extract-fields", "b", MLFLOW_TRACKING_URI="http://127.0.0.1:9")
    assert ended.code == 2


def test_who_has_read_enough_may_stop_reading(desk: Desk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [str(TRILHA.program("python")), "-m", "trilha", "traces", "get", "--trace-id", desk.good]
    surroundings = client_environment(desk.stage.server.url, desk.stage.workdir)
    ended = subprocess.run(
        command, env=surroundings, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (1, "")
