"""What the client's own searches find where texts are hostile to filters."""

from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, set_stage
from tests.support.processes import RunningServer
from tests.support.trilha_programs import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

Json = Any

SESSIONS = """
SESSIONS = {"S1": "1", "S2": "2", "it's \\"me\\"": "3", "x'\\" OR name != \\"": "4", "' OR '1'='1": "5"}

for session, a in SESSIONS.items():
    for turn in range(2):
        with mlflow.start_span(f"turn {turn}"):
            mlflow.update_current_trace(tags={"a": a})
            # Both spellings are one field.
            spelling = "tags" if a in "135" else "metadata"
            mlflow.update_current_trace(**{spelling: {"mlflow.trace.session": session}})

def found(**asked):
    return {each.id: [trace.data.spans[0].name for trace in each] for each in mlflow.search_sessions(**asked)}

report({
    "sessions": found(),
    "of a filter": found(filter_string="tags.a='1' OR tags.a='2'"),
    "of a version": found(filter_string="tags.a='1'\\nOR tags.a='2'", model_id="it's \\"x\\""),
    "traces": len(mlflow.search_traces(None, "tags.a='1'\\nOR tags.a='2'", run_id="'")),
})
"""
TURNS = ["turn 0", "turn 1"]


@pytest.fixture(scope="module")
def seen(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Json:
    stage = set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path_factory.mktemp("searches"))
    return run(stage, SESSIONS)


def test_a_session_has_its_own_traces_whatever_it_is_called(seen: Json) -> None:
    ids = ["S1", "S2", 'it\'s "me"', 'x\'" OR name != "', "' OR '1'='1"]
    assert seen["sessions"] == dict.fromkeys(reversed(ids), TURNS)


def test_a_filter_with_or_finds_no_traces_of_other_sessions(seen: Json) -> None:
    assert seen["of a filter"] == {"S2": TURNS, "S1": TURNS}
    assert seen["of a version"] == {}


def test_a_filter_with_or_on_two_lines_is_narrowed_as_a_whole(seen: Json) -> None:
    assert seen["traces"] == 0
