"""The programs of the guide to versions and environments, through every door."""

import json
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import LEAN_NEWEST, NEWEST
from tests.support.doors import Door
from tests.support.git import a_repository, commit_of
from tests.support.guides import USUAL_DOORS, USUAL_FLAVOURS, Flavour, Stage, set_stage
from tests.support.mlflow_rest import attributes_of
from tests.support.once import Once
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PROGRAM = "environments/process_data.py"
FIGURES = re.compile(r"Version (\S+): ([0-9.]+)% errors, ([0-9.]+)ms avg latency")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_repository(tmp_path_factory.mktemp("checkout"))


@dataclass(frozen=True, kw_only=True)
class Processed:
    """What the program printed, and the trace that it made."""

    flavour: Flavour
    printed: str
    info: Any
    """JSON"""
    spans: list[Any]
    """JSON"""


@pytest.fixture(scope="module")
def all_processed(
    trilha_server: RunningServer, checkout: Path, tmp_path_factory: pytest.TempPathFactory
) -> Once[Flavour, Processed]:
    def process(flavour: Flavour) -> Processed:
        stage = set_stage(trilha_server, flavour, tmp_path_factory.mktemp("process"))
        printed = stage.run(PROGRAM, cwd=checkout, settings={"APP_ENVIRONMENT": "production"})
        with stage.read() as rest:
            (info,) = rest.search()["traces"]
            spans = rest.spans(bytes.fromhex(info["trace_id"].removeprefix("tr-")))
        return Processed(flavour=flavour, printed=printed, info=info, spans=spans)

    return Once(process)


@pytest.fixture(params=USUAL_FLAVOURS)
def processed(request: pytest.FixtureRequest, all_processed: Once[Flavour, Processed]) -> Processed:
    return all_processed(USUAL_FLAVOURS[request.param])


def test_the_program_says_what_the_guide_says(processed: Processed) -> None:
    assert processed.printed == "Processed 'Summarize this document...' in production with app 1.1.0\n"


def test_environment_versions_and_own_context_are_tags(processed: Processed) -> None:
    expected = {
        "environment": "production",
        "app_version": "1.1.0",
        "model_version": "claude-3-sonnet-20240229",
        "python_version": platform.python_version(),
        "operating_system": platform.system(),
        "data_source": "realtime_api",
        "processing_mode": "online",
    }
    assert expected.items() <= processed.info["tags"].items()


def test_the_inputs_and_outputs_are_in_the_span(processed: Processed) -> None:
    (span,) = processed.spans
    attributes = attributes_of(span)
    assert "Summarize this document..." in json.dumps(attributes["mlflow.spanInputs"])
    assert "in production with app 1.1.0" in json.dumps(attributes["mlflow.spanOutputs"])


def test_the_source_is_filled_in(processed: Processed, checkout: Path) -> None:
    metadata = processed.info["trace_metadata"]
    assert metadata["mlflow.source.name"].endswith("process_data.py")
    assert metadata["mlflow.source.type"] == "LOCAL"
    if not processed.flavour.client.is_lean:  # mlflow-tracing does not bring what reads git
        assert metadata["mlflow.source.git.commit"] == commit_of(checkout)


def test_without_an_environment_it_is_development(
    trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stage = set_stage(trilha_server, USUAL_DOORS[str(Door.HTTP)], tmp_path_factory.mktemp("development"))
    stage.run(PROGRAM)
    with stage.read() as rest:
        (info,) = rest.search(filter="tags.environment = 'development'")["traces"]
    assert info["tags"]["processing_mode"] == "offline"


# Comparing, over traces that came through different doors.


@pytest.fixture(scope="module")
def deployed(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Once[str, Stage]:
    def deploy(_: str) -> Stage:
        stage = set_stage(trilha_server, USUAL_DOORS[str(Door.HTTP)], tmp_path_factory.mktemp("deployed"))
        for door, client in [(Door.HTTP, NEWEST), (Door.TOKEN, LEAN_NEWEST)]:
            told = {**door.environment(trilha_server.url), "MLFLOW_EXPERIMENT_NAME": stage.experiment}
            client.make().run("deployments", trilha_server.url, stage.workdir, told)
        return stage

    return Once(deploy)


@pytest.mark.parametrize("door", Door)
def test_the_comparison_has_the_figures_of_every_version(deployed: Once[str, Stage], door: Door) -> None:
    printed = deployed("").through(door).run("environments/compare_versions.py").splitlines()
    figures = {found[1]: (float(found[2]), float(found[3])) for found in map(FIGURES.fullmatch, printed) if found}
    assert {version: errors for version, (errors, _) in figures.items()} == {"1.0.0": 25.0, "1.1.0": 0.0}
    assert all(50 <= latency_ms < 300 for _, latency_ms in figures.values())  # failed calls take 300 ms
    assert printed[2] == "Version 1.2.0: no traces"


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("tags.environment = 'production'", 12),
        ("tags.app_version = '1.1.0'", 4),
        ("tags.environment = 'production' AND tags.app_version = '1.0.0'", 8),
        ("tags.model_used = 'advanced_model' AND tags.client_variant = 'treatment'", 2),
        ("tags.feature_flag_new_ui = 'true'", 2),
    ],
)
def test_the_filters_of_the_guide_find_their_traces(
    deployed: Once[str, Stage], filter_string: str, expected: int
) -> None:
    with deployed("").read() as rest:
        assert len(rest.found(filter_string)) == expected
