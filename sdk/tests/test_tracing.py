"""Switches of tracing, and what instrumentations ask of it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import trilha
from trilha import tracing
from trilha.testing import in_memory

from sdk.tests.answering import Answering

SHUTDOWN = """
import json, time
import trilha

with trilha.start_span("before"):
    pass
while trilha.tracing.stats().spans_made == 0:  # what is being counted is nobody's to wait for
    time.sleep(0.01)
begun_s = time.monotonic()
is_sent = trilha.tracing.shutdown(SECONDS)
took_s = time.monotonic() - begun_s
with trilha.start_span("after"):
    pass
print(json.dumps([is_sent, took_s, trilha.tracing.stats().spans_made, trilha.tracing.is_enabled()]))
"""


def shut_down(url: str, timeout_s: float | None) -> Any:  # Any: JSON
    environment = {**os.environ, "PYTHONPATH": str(Path(trilha.__file__).parents[1]), "TRILHA_TRACKING_URI": url}
    environment["TRILHA_EXIT_TIMEOUT_S"] = "0.5"
    program = SHUTDOWN.replace("SECONDS", str(timeout_s))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60, env=environment
    )
    return json.loads(done.stdout)


def test_after_a_shutdown_the_server_has_all_and_no_trace_begins() -> None:
    with Answering(lambda asked: (200, {})) as server:
        is_sent, _, made, is_enabled = shut_down(server.url, 5)
    assert (is_sent, made, is_enabled) == (True, 1, False)
    assert [asked.path for asked in server.asked] == ["/v1/traces"]


@pytest.mark.parametrize("timeout_s", [0.3, None])
def test_a_shutdown_waits_no_longer_than_it_may(timeout_s: float | None) -> None:
    is_sent, took_s, made, _ = shut_down("http://127.0.0.1:1", timeout_s)
    assert (is_sent, made) == (False, 1)
    assert (timeout_s or 0.5) * 0.9 < took_s < 3


def test_the_tools_of_a_model_are_kept_on_its_span() -> None:
    tools = [{"type": "function", "function": {"name": "add"}}]
    with in_memory() as told:
        with trilha.start_span("chat") as span:
            tracing.set_span_chat_tools(span, tools)
        with trilha.tracing.context(enabled=False):
            tracing.set_span_chat_tools(trilha.get_current_active_span(), tools)
    assert told.span("chat").get_attribute("mlflow.chat.tools") == tools


def test_every_name_of_the_module_is_there() -> None:
    assert sorted(tracing.__all__) == tracing.__all__
    assert [name for name in tracing.__all__ if not hasattr(tracing, name)] == []
    tracing.disable_notebook_display()
    tracing.enable_notebook_display()
