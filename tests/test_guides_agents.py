"""The programs of the guides to agents: log, register, load, ask, count tokens, through every door."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from tests.support.chat_model import ANSWER, INPUT_TOKENS, OUTPUT_TOKENS, ChatModel
from tests.support.guides import USUAL_DOORS, USUAL_FLAVOURS, Flavour, Stage, set_stage
from tests.support.mlflow_rest import V2, attributes_of
from tests.support.once import Once
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(280)]

LOGGED = re.compile(r"Logged (m-[0-9a-f]{32}), registered as version (\d+)")
EXPERIMENT = re.compile(r"export MLFLOW_EXPERIMENT_ID=(\d+)\n")
VOLUME = "dbfs:/Volumes/main/agents/traces"
TOTAL_TOKENS = INPUT_TOKENS + OUTPUT_TOKENS


@pytest.fixture(scope="module")
def model() -> Iterator[ChatModel]:
    with ChatModel() as model:
        yield model


@dataclass(frozen=True, kw_only=True)
class Traced:
    """What a program printed, and the newest trace of its experiment."""

    stage: Stage
    printed: str
    info: Any
    """JSON"""
    spans: dict[str, Any]
    """JSON, by name"""


def traced(stage: Stage, printed: str) -> Traced:
    with stage.read() as rest:
        info = rest.search(order_by=["timestamp_ms DESC"])["traces"][0]
        spans = rest.spans(bytes.fromhex(info["trace_id"].removeprefix("tr-")))
    return Traced(stage=stage, printed=printed, info=info, spans={span["name"]: span for span in spans})


# Token usage.


@pytest.fixture(scope="module")
def countings(
    trilha_server: RunningServer, model: ChatModel, tmp_path_factory: pytest.TempPathFactory
) -> Once[Flavour, Traced]:
    def count(flavour: Flavour) -> Traced:
        stage = set_stage(trilha_server, flavour, tmp_path_factory.mktemp("tokens"))
        return traced(stage, stage.run("agents/token_usage.py", settings=model.environment))

    return Once(count)


@pytest.fixture(params=USUAL_FLAVOURS)
def counting(request: pytest.FixtureRequest, countings: Once[Flavour, Traced]) -> Traced:
    return countings(USUAL_FLAVOURS[request.param])


def test_the_tokens_that_the_provider_counted_are_printed(counting: Traced) -> None:
    assert counting.printed.splitlines() == [
        f"Input tokens: {INPUT_TOKENS}",
        f"Output tokens: {OUTPUT_TOKENS}",
        f"Total tokens: {TOTAL_TOKENS}",
    ]


def test_the_tokens_are_on_the_trace_and_found(counting: Traced) -> None:
    assert json.loads(counting.info["trace_metadata"]["mlflow.trace.tokenUsage"]) == {
        "input_tokens": INPUT_TOKENS,
        "output_tokens": OUTPUT_TOKENS,
        "total_tokens": TOTAL_TOKENS,
    }
    with counting.stage.read() as rest:
        assert rest.found(f"tokens.total = {TOTAL_TOKENS}") == [counting.info["trace_id"]]


def test_the_cost_of_the_tokens_is_on_the_trace(counting: Traced) -> None:
    cost = json.loads(counting.info["trace_metadata"]["mlflow.trace.cost"])
    input_usd, output_usd = INPUT_TOKENS * 0.15 / 1e6, OUTPUT_TOKENS * 0.60 / 1e6  # gpt-4o-mini, July 2024 to today
    assert cost == {
        "input_cost": pytest.approx(input_usd),
        "output_cost": pytest.approx(output_usd),
        "total_cost": pytest.approx(input_usd + output_usd),
    }


def test_the_call_of_the_model_is_a_span(counting: Traced) -> None:
    (span,) = counting.spans.values()
    attributes = attributes_of(span)
    assert attributes["mlflow.spanType"] == {"string_value": "CHAT_MODEL"}
    assert "Where is my order?" in json.dumps(attributes["mlflow.spanInputs"])
    assert ANSWER in json.dumps(attributes["mlflow.spanOutputs"])


# The agent.


@dataclass(frozen=True, kw_only=True)
class Agent:
    """An agent that was logged, registered, loaded and asked."""

    name: str
    model_id: str
    version: str
    traced: Traced

    def read(self, what: str, **params: str) -> Any:  # Any: JSON
        """Read something of the server's."""
        with self.traced.stage.read() as rest:
            return rest.http.get(f"{V2}/{what}", params=params).raise_for_status().json()


def in_a_volume(stage: Stage) -> Stage:
    """Make the experiment that the guide makes: with a volume as the place for its artifacts."""
    name = f"{stage.experiment}-agent"
    told = {"MLFLOW_EXPERIMENT_NAME": name, "ARTIFACT_LOCATION": VOLUME}
    made = EXPERIMENT.fullmatch(stage.run("agents/create_experiment.py", settings=told))
    assert made is not None
    return replace(stage, experiment=name, experiment_id=made[1])


@pytest.fixture(scope="module")
def agents(
    trilha_server: RunningServer, model: ChatModel, tmp_path_factory: pytest.TempPathFactory
) -> Once[Flavour, Agent]:
    def use(flavour: Flavour) -> Agent:
        stage = in_a_volume(set_stage(trilha_server, flavour, tmp_path_factory.mktemp("agent")))
        name = f"main.support.agent_{uuid4().hex[:8]}"
        settings = {**model.environment, "AGENT_NAME": name}
        logged = LOGGED.search(stage.run("agents/log_agent.py", settings=settings))
        assert logged is not None
        answered = traced(stage, stage.run("agents/use_agent.py", settings=settings))
        return Agent(name=name, model_id=logged[1], version=logged[2], traced=answered)

    return Once(use)


@pytest.fixture(params=USUAL_DOORS)
def agent(request: pytest.FixtureRequest, agents: Once[Flavour, Agent]) -> Agent:
    return agents(USUAL_DOORS[request.param])


def version_of_client(agent: Agent) -> str:
    """Tell which mlflow the agent was logged with."""
    python = str(agent.traced.stage.client.program("python"))
    return agent.traced.stage.command(
        [python, "-c", "from importlib.metadata import version; print(version('mlflow'))"]
    ).strip()


def test_the_loaded_agent_answers(agent: Agent) -> None:
    assert agent.traced.printed == f"{ANSWER}\n"


def test_the_experiment_has_the_place_that_it_was_given(agent: Agent) -> None:
    stage = agent.traced.stage
    experiment = agent.read("experiments/get", experiment_id=stage.experiment_id)["experiment"]
    assert (experiment["name"], experiment["artifact_location"]) == (stage.experiment, VOLUME)


def test_the_files_of_the_agent_are_in_that_place(agent: Agent) -> None:
    stage = agent.traced.stage
    volume = stage.server.data_dir / "artifacts" / VOLUME.removeprefix("dbfs:/")
    files = volume / stage.experiment_id / "models" / agent.model_id / "artifacts"
    assert {"MLmodel", "agent.py", "requirements.txt"} <= {path.name for path in files.iterdir()}
    assert f"mlflow=={version_of_client(agent)}" in (files / "requirements.txt").read_text().splitlines()


def test_the_agent_is_a_version_in_the_experiment(agent: Agent) -> None:
    info = agent.read(f"logged-models/{agent.model_id}")["model"]["info"]
    assert (info["name"], info["status"]) == ("support_agent", "LOGGED_MODEL_READY")
    assert info["experiment_id"] == agent.traced.stage.experiment_id


def test_the_agent_is_registered_under_its_name(agent: Agent) -> None:
    assert agent.version == "1"
    registered = agent.read("model-versions/get", name=agent.name, version=agent.version)["model_version"]
    assert (registered["name"], registered["status"]) == (agent.name, "READY")


def test_the_trace_of_the_loaded_agent_is_linked_to_the_version_that_answered(agent: Agent) -> None:
    assert agent.traced.info["trace_metadata"]["mlflow.modelId"] == agent.model_id


def test_the_trace_has_what_was_traced_by_hand_and_by_itself(agent: Agent) -> None:
    types = {name: attributes_of(span)["mlflow.spanType"] for name, span in agent.traced.spans.items()}
    assert types == {
        "predict": {"string_value": "AGENT"},
        "find_policy": {"string_value": "RETRIEVER"},
        "Completions": {"string_value": "CHAT_MODEL"},
    }
    usage = json.loads(agent.traced.info["trace_metadata"]["mlflow.trace.tokenUsage"])
    assert usage["total_tokens"] == TOTAL_TOKENS
