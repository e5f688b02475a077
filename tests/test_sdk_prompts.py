"""Prompts as programs of `trilha` load them, on a real server, and as mlflow's own client sees them then."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.support.clients import NEWEST, TRILHA, Client
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.processes import RunningServer, start_trilha

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

WAYS = [
    pytest.param((Door.HTTP, "p-"), id="http"),
    pytest.param((Door.TOKEN, "main.default.p_"), id="token"),
]
REGISTER = """
mlflow.genai.register_prompt("NAME", "Olá {{name}}", commit_message="first", tags={"author": "ana"})
mlflow.genai.register_prompt(
    "NAME",
    [{"role": "user", "content": "{{q}}"}],
    model_config={"model_name": "m", "temperature": 0.5, "seed": 3},
    response_format={"type": "object"},
)
mlflow.genai.set_prompt_alias("NAME", alias="production", version=1)
mlflow.genai.set_prompt_tag("NAME", "team", "búsca")
mlflow.genai.set_prompt_version_tag("NAME", 1, "reviewed", "sim")
mlflow.genai.set_prompt_version_tag("NAME", 1, "gone", "x")
mlflow.genai.delete_prompt_version_tag("NAME", 1, "gone")
print(json.dumps(None))
"""
READ = """
def seen(prompt):
    return [prompt.name, prompt.version, prompt.uri, prompt.template, prompt.commit_message, dict(prompt.tags),
            sorted(prompt.aliases), sorted(prompt.variables), prompt.model_config, prompt.response_format,
            prompt.is_text_prompt, prompt.to_single_brace_format()]

print(json.dumps({
    "first": seen(mlflow.genai.load_prompt("prompts:/NAME@production")),
    "newest": seen(mlflow.genai.load_prompt("NAME")),
    "formatted": mlflow.genai.load_prompt("NAME", version=1).format(name="Zé"),
    "missing": mlflow.genai.load_prompt("NAME", version=9, allow_missing=True),
    "team": mlflow.genai.get_prompt_tags("NAME").get("team"),
}))
"""
USE = """
@mlflow.trace
def answer():
    mlflow.genai.load_prompt("prompts:/NAME@production")
    return inner()

@mlflow.trace
def inner():
    mlflow.genai.load_prompt("NAME", version=2)
    mlflow.genai.load_prompt("NAME", version=1)

answer()
mlflow.flush_trace_async_logging()
print(json.dumps(mlflow.get_last_active_trace_id()))
"""
LOOK = """
import time
wanted = "TRACE_ID"
until_s = time.monotonic() + 20
while time.monotonic() < until_s:  # mlflow's own client links in a thread of its own
    found = [each.info.trace_id for each in mlflow.search_traces(filter_string="prompt = 'NAME/2'", return_type="list")]
    if wanted in found:
        break
    time.sleep(0.2)
trace = mlflow.get_trace(wanted)

def prompts(span):
    told = span.get_attribute("mlflow.linkedPrompts")  # text, as mlflow's own client sends it, or what it says
    return json.loads(told) if isinstance(told, str) else told

print(json.dumps({
    "is found": wanted in found,
    "tag": json.loads(trace.info.tags["mlflow.linkedPrompts"]),
    "spans": {span.name: prompts(span) for span in trace.data.spans},
}))
"""


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> tuple[Door, str]:
    door, prefix = request.param
    return door, f"{prefix}{uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: others count all prompts of the one that is shared."""
    server = start_trilha(tmp_path_factory.mktemp("server") / "data")
    yield server
    server.stop()


@pytest.fixture
def stage(way: tuple[Door, str], server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return set_stage(server, Flavour(door=way[0], client=TRILHA), tmp_path_factory.mktemp("prompts"))


def told(stage: Stage, client: Client, program: str, name: str) -> Any:  # Any: JSON
    here = stage.with_client(client)
    start = "import trilha as mlflow" if client is TRILHA else "import mlflow"
    code = f"import json\n{start}\nmlflow.set_experiment({stage.experiment!r})\n{program.replace('NAME', name)}"
    return json.loads(here.command([str(here.client.program("python")), "-c", code]).splitlines()[-1])


@pytest.mark.parametrize("maker", [TRILHA, NEWEST], ids=["by trilha", "by mlflow"])
def test_both_clients_read_the_same_of_a_prompt_of_either(maker: Client, way: tuple[Door, str], stage: Stage) -> None:
    name = way[1]
    told(stage, maker, REGISTER, name)
    ours, theirs = (told(stage, client, READ, name) for client in (TRILHA, NEWEST))
    assert ours == theirs
    assert ours["first"][:6] == [
        name, 1, f"prompts:/{name}/1", "Olá {{name}}", "first", {"author": "ana", "reviewed": "sim"}
    ]  # fmt: skip
    assert ours["newest"][8:10] == [{"model_name": "m", "temperature": 0.5, "seed": 3}, {"type": "object"}]
    assert (ours["formatted"], ours["missing"], ours["team"]) == ("Olá Zé", None, "búsca")


def test_both_clients_link_a_trace_to_its_prompts_alike(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = set_stage(server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path_factory.mktemp("prompts"))
    name = f"p-{uuid4().hex[:8]}"
    told(stage, TRILHA, REGISTER, name)
    first, second = ({"name": name, "version": str(number)} for number in (1, 2))
    seen: list[Any] = []
    for client in (TRILHA, NEWEST):
        trace_id = told(stage, client, USE, name)
        seen += [told(stage, reader, LOOK.replace("TRACE_ID", trace_id), name) for reader in (NEWEST, TRILHA)]
    assert seen[0]["is found"]
    assert seen[0]["tag"] == [first, second]
    assert seen[0]["spans"] == {"answer": [first], "inner": [second, first]}
    assert seen == [seen[0]] * 4


def test_the_active_version_tells_of_the_prompts_that_it_used(
    server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = set_stage(server, Flavour(door=Door.HTTP, client=TRILHA), tmp_path_factory.mktemp("prompts"))
    name = f"p-{uuid4().hex[:8]}"
    told(stage, TRILHA, REGISTER, name)
    use = 'mlflow.set_active_model(name="v1")\n'
    told(stage, TRILHA, use + USE, name)
    look = 'print(json.dumps(mlflow.search_logged_models(output_format="list")[0].tags["mlflow.linkedPrompts"]))'
    linked = json.loads(told(stage, TRILHA, look, name))
    assert sorted(entry["version"] for entry in linked) == ["1", "2"]
