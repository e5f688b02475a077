"""Traces in the cells of a real notebook."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import NOTEBOOK
from tests.support.ports import free_port
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

BEGIN = """
import trilha as mlflow

@mlflow.trace(span_type="AGENT")
def answer(question):
    with mlflow.start_span("look up", span_type="TOOL") as span:
        span.set_inputs({"text": "<script>alert(1)</script>"})
    return question.upper()
"""
LAST = "mlflow.get_trace(mlflow.get_last_active_trace_id())"


def run_cells(url: str, workdir: Path, *cells: str, **settings: str) -> list[list[dict[str, Any]]]:
    told = {"CELLS": json.dumps([BEGIN, *cells]), "MLFLOW_EXPERIMENT_NAME": f"/Shared/{workdir.name}", **settings}
    seen = NOTEBOOK.make().run("in_notebook", url, workdir, told)
    return [
        [{"type": each["output_type"], **each.get("data", {})} for each in outputs] for outputs in seen["cells"][1:]
    ]


def shown(outputs: list[dict[str, Any]]) -> list[str]:
    """Return the HTML below a cell."""
    return [output["text/html"] for output in outputs if "text/html" in output]


def test_traces_are_shown_once_below_the_cell_in_which_they_end(trilha_server: RunningServer, tmp_path: Path) -> None:
    first, nothing, result, many, after, found = run_cells(
        trilha_server.url, tmp_path, "answer('olá')", "1 + 1", f"answer('here'); {LAST}",
        "for number in range(25): answer(str(number))", "2 + 2", "mlflow.search_traces()",
    )  # fmt: skip
    (html,) = shown(first)
    trace_id = first[1]["text/plain"].removeprefix("traces: ")
    assert [output["type"] for output in first] == ["execute_result", "display_data"]
    assert f'href="{trilha_server.url}/t/{trace_id}"' in html
    assert all(text in html for text in ("answer", "AGENT", "look up", "TOOL", "OLÁ", "&lt;script&gt;"))
    assert "<script" not in html
    assert shown(nothing) == shown(after) == []

    assert [output["type"] for output in result] == ["execute_result"]
    assert "HERE" in shown(result)[0]
    assert result[0]["text/plain"].startswith("Trace(trace_id='tr-")

    for outputs in (many, found):
        (html,) = shown(outputs)
        assert html.count("<b>answer</b>") == 10
        assert "MLFLOW_MAX_TRACES_TO_DISPLAY_IN_NOTEBOOK" in html


def test_the_display_is_switched_off_and_on(trilha_server: RunningServer, tmp_path: Path) -> None:
    quiet, result, loud, read = run_cells(
        trilha_server.url,
        tmp_path,
        "mlflow.tracing.disable_notebook_display(); answer('quiet')",
        f"trace = {LAST}; trace",
        "mlflow.tracing.enable_notebook_display(); mlflow.tracing.enable_notebook_display(); answer('loud')",
        "client = mlflow.client.MlflowClient(); again = client.get_trace(trace.trace_id, display=True)",
    )
    assert shown(quiet) == shown(result) == []
    assert ["LOUD" in html for html in shown(loud)] == [True]
    assert ["QUIET" in html for html in shown(read)] == [True]


def test_what_must_not_leave_the_process_is_not_shown(trilha_server: RunningServer, tmp_path: Path) -> None:
    masked, failed, emptied = run_cells(
        trilha_server.url,
        tmp_path,
        "mlflow.tracing.configure(span_processors=[lambda span: span.set_outputs('masked')]); answer('secret');",
        "mlflow.tracing.configure(span_processors=[lambda span: span.nothing]); answer('secret');",
        "mlflow.tracing.configure(span_processors=[], captures_content=False); answer('secret');",
    )
    for outputs in (masked, failed, emptied):
        (html,) = shown(outputs)
        assert "look up" in html
        assert "SECRET" not in html
    assert "masked" in shown(masked)[0]
    assert all("secret" not in html for html in shown(failed) + shown(emptied))


def test_a_fork_of_the_notebook_takes_no_notes(trilha_server: RunningServer, tmp_path: Path) -> None:
    fork = """
import os
from trilha import _finish
watched = len(_finish.watchers)
reading, writing = os.pipe()
if os.fork() == 0:
    os.write(writing, bytes([watched, len(_finish.watchers)]))
    os._exit(0)
os.wait()
list(os.read(reading, 2))
"""
    ((counts,),) = run_cells(trilha_server.url, tmp_path, fork)
    assert counts["text/plain"] == "[1, 0]"


def test_a_cell_does_not_wait_for_a_server_that_is_away(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    settings = {"MLFLOW_MAX_TRACES_TO_DISPLAY_IN_NOTEBOOK": "2", "TRILHA_EXIT_TIMEOUT_S": "0"}
    timing = "import time; began_s = time.monotonic(); [answer(str(number)) for number in range(3)];"
    traced, took = run_cells(url, tmp_path, timing, "time.monotonic() - began_s", **settings)
    assert shown(traced)[0].count("<b>answer</b>") == 2
    assert float(took[0]["text/plain"]) < 3.0
