"""A trace that a called service hands back with its answer becomes a part of the caller's."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, set_stage
from tests.support.processes import RunningServer
from tests.support.trilha_programs import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CALLED = """
@mlflow.trace(span_type="CHAT_MODEL")
def chat(question):
    usage = {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}
    mlflow.get_current_active_span().set_attribute("mlflow.chat.tokenUsage", usage)
    return question.upper()

@mlflow.trace
def serve(question):
    mlflow.update_current_trace(session_id="conversation", tags={"served by": "b", "who": "called"})
    try:
        raise ValueError("the first attempt fails")
    except ValueError as error:
        mlflow.get_current_active_span().add_event(mlflow.entities.SpanEvent.from_exception(error))
    return chat(question)

serve("hello")
trace = json.loads(json.dumps(mlflow.get_trace(mlflow.get_last_active_trace_id()).to_dict()))

@mlflow.trace
def call():
    mlflow.update_current_trace(tags={"who": "caller"})
    mlflow.add_trace(trace)

call()
known = mlflow.get_trace(mlflow.get_last_active_trace_id())
names = {span.span_id: span.name for span in known.data.spans}
(session,) = [each for each in mlflow.search_sessions() if len(each) == 2]
below = [span for span in known.data.spans if span.parent_id is not None]
report({
    "tree": sorted([names.get(span.parent_id), span.name, span.inputs, span.outputs] for span in below),
    "events": [event.name for event in known.search_spans(name="serve")[0].events],
    "state": known.info.state.value,
    "usage": known.info.token_usage,
    "name": known.info.tags["mlflow.traceName"],
    "tags": {key: value for key, value in known.info.tags.items() if not key.startswith("mlflow.")},
    "session": session.id,
})
"""


@pytest.fixture(scope="module")
def told(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Any:  # Any: JSON
    workdir: Path = tmp_path_factory.mktemp("added")
    return run(set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), workdir), CALLED)


def test_its_steps_are_below_the_call_and_keep_what_they_held(told: Any) -> None:
    asked = {"question": "hello"}
    assert told["tree"] == [["call", "serve", asked, "HELLO"], ["serve", "chat", asked, "HELLO"]]
    assert told["events"] == ["exception"]


def test_its_tokens_and_session_are_those_of_the_whole_and_its_name_is_not(told: Any) -> None:
    assert (told["name"], told["state"], told["session"]) == ("call", "OK", "conversation")
    assert told["usage"]["total_tokens"] == 7
    assert told["tags"] == {"served by": "b", "who": "caller"}
