"""Traces that go out with one client and are read back with another: `trilha` and mlflow's own."""

import json
import sys
import textwrap
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.clients import NEWEST, TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

MAKE = """
@mlflow.trace(name="answer", span_type="AGENT")
def answer(question, depth=2):
    mlflow.update_current_trace(tags={"environment": "production", "größe": "5 €"})
    return {"text": look_up(question), "numbers": [1, 2.5, None, True]}

@mlflow.trace(span_type="RETRIEVER")
def look_up(question):
    with mlflow.start_span("fails", attributes={"why": {"deep": ["x"]}}) as span:
        span.set_inputs({"n": 1})
    try:
        broken()
    except ValueError:
        pass
    return question.upper()

@mlflow.trace
def broken():
    raise ValueError("boom")

answer("olá 你好")
mlflow.flush_trace_async_logging()
trace_id = mlflow.get_last_active_trace_id()
from {package}.entities import AssessmentSource
mlflow.log_feedback(trace_id=trace_id, name="good", value=True, rationale="ok",
                    source=AssessmentSource(source_type="HUMAN", source_id="jane"))
mlflow.log_expectation(trace_id=trace_id, name="wanted", value={"text": "OLÁ"})
mlflow.set_trace_tag(trace_id, "later", "yes")
print(trace_id)
"""
READ = """
import json
trace = mlflow.get_trace("TRACE_ID")
found = mlflow.search_traces(experiment_ids=[trace.info.experiment_id],
                             filter_string="tags.environment = 'production'", return_type="list")
info = trace.info
print(json.dumps({
    "found": [each.info.trace_id for each in found],
    "state": str(info.state.value),
    "is_timed": info.execution_duration is not None and info.request_time > 1_700_000_000_000,
    "tags": {key: value for key, value in info.tags.items() if not key.startswith("mlflow.")},
    "request": json.loads(trace.data.request),
    "response": json.loads(trace.data.response),
    "spans": [[span.name, span.span_type, span.inputs, span.outputs, span.status.status_code.value,
               span.status.description, [event.name for event in span.events]] for span in trace.data.spans],
    "why": trace.search_spans(name="fails")[0].get_attribute("why"),
    "parents": {span.name: span.parent_id == trace.data.spans[0].span_id for span in trace.data.spans[1:]},
    "assessments": sorted(
        [each.name, type(each).__name__, each.value, each.source.source_type, each.rationale]
        for each in trace.search_assessments()
    ),
}))
"""

PROTOS = """
import json
trace = mlflow.get_trace("TRACE_ID")
print(json.dumps([span.to_otel_proto().SerializeToString().hex() for span in trace.data.spans]))
"""
FROM_PROTOS = """
import json
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Proto
from PACKAGE.entities import Span
spans = [Span.from_otel_proto(Proto.FromString(bytes.fromhex(written))) for written in json.loads('PROTOS')]
placed = Span.from_otel_proto(spans[0].to_otel_proto(), location_id="main.traces")
kept = Span.from_otel_proto(placed.to_otel_proto(), preserve_request_id=True)
print(json.dumps({
    "spans": [[span.trace_id, span.span_id, span.parent_id, span.name, span.start_time_ns, span.end_time_ns,
               span.status.status_code.value, span.status.description, span.attributes,
               [[event.name, event.timestamp, event.attributes] for event in span.events]] for span in spans],
    "placed": [placed.trace_id, kept.trace_id],
}))
"""


def stage_for(server: RunningServer, tmp_path_factory: pytest.TempPathFactory, maker: Any) -> Stage:
    return set_stage(server, Flavour(door=Door.HTTP, client=maker), tmp_path_factory.mktemp("interop"))


def program(stage: Stage, package: str, text: str, python: str | None = None) -> str:
    name = "import trilha as mlflow" if package == "trilha" else "import mlflow"
    code = f"{name}\nmlflow.set_experiment({stage.experiment!r})\n{textwrap.dedent(text)}"
    return stage.command([python or str(stage.client.program("python")), "-c", code])


def read_back(stage: Stage, package: str, trace_id: str) -> Any:
    return json.loads(program(stage, package, READ.replace("TRACE_ID", trace_id)).splitlines()[-1])


@pytest.mark.parametrize("maker", ["trilha", "mlflow"])
def test_both_clients_read_the_same_in_a_trace_of_either(
    maker: str, trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    clients = {"trilha": TRILHA, "mlflow": NEWEST}
    stage = stage_for(trilha_server, tmp_path_factory, clients[maker])
    trace_id = program(stage, maker, MAKE.replace("{package}", maker)).splitlines()[-1]
    ours = read_back(stage.with_client(TRILHA), "trilha", trace_id)
    theirs = read_back(stage.with_client(NEWEST), "mlflow", trace_id)
    assert ours == theirs
    assert ours["found"] == [trace_id]
    assert ours["is_timed"]
    assert ours["state"] == "OK"
    assert ours["tags"] == {"environment": "production", "größe": "5 €", "later": "yes"}
    assert ours["request"] == {"question": "olá 你好", "depth": 2}
    assert ours["response"] == {"text": "OLÁ 你好", "numbers": [1, 2.5, None, True]}
    assert [span[:2] for span in ours["spans"]] == [
        ["answer", "AGENT"],
        ["look_up", "RETRIEVER"],
        ["fails", "UNKNOWN"],
        ["broken", "UNKNOWN"],
    ]
    assert ours["spans"][3][4:] == ["ERROR", "ValueError: boom", ["exception"]]
    assert ours["why"] == {"deep": ["x"]}
    assert ours["assessments"] == [
        ["good", "Feedback", True, "HUMAN", "ok"],
        ["wanted", "Expectation", {"text": "OLÁ"}, "HUMAN", None],
    ]


def test_spans_are_the_same_messages_of_opentelemetry_and_are_read_from_them(
    trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = stage_for(trilha_server, tmp_path_factory, TRILHA)
    trace_id = program(stage, "trilha", MAKE.replace("{package}", "trilha")).splitlines()[-1]
    pythons = {"trilha": sys.executable, "mlflow": str(NEWEST.make().program("python"))}
    written = {
        package: program(stage, package, PROTOS.replace("TRACE_ID", trace_id), python).strip()
        for package, python in pythons.items()
    }
    protos = {package: [as_dictionary(text) for text in json.loads(lines)] for package, lines in written.items()}
    assert protos["trilha"] == protos["mlflow"]
    assert [span["name"] for span in protos["trilha"]] == ["answer", "look_up", "fails", "broken"]

    reading = FROM_PROTOS.replace("PROTOS", written["mlflow"])
    read = {
        package: json.loads(program(stage, package, reading.replace("PACKAGE", package), python))
        for package, python in pythons.items()
    }
    assert read["trilha"] == read["mlflow"]
    assert read["trilha"]["placed"] == ["trace:/main.traces/" + trace_id.removeprefix("tr-")] * 2


def as_dictionary(text: str) -> Any:
    """Read a message as a dictionary; the order of attributes says nothing."""
    read: dict[str, Any] = MessageToDict(Span.FromString(bytes.fromhex(text)))
    return {**read, "attributes": sorted(read["attributes"], key=lambda attribute: attribute["key"])}
