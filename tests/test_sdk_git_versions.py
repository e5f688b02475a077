"""Versions for the state of a repository, as programs of `trilha` have them, on a real server and with a real git."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import TRILHA
from tests.support.doors import Door
from tests.support.guides import Flavour, Stage, set_stage
from tests.support.processes import RunningServer
from tests.support.trilha_programs import run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TRACED = """
with mlflow.genai.enable_git_model_versioning() as context:
    with mlflow.start_span("within"):
        pass
with mlflow.start_span("after"):
    pass
report(None if context.info is None else [context.info.branch, context.info.dirty])
"""
SERVED = """
from trilha.genai.agent_server import setup_mlflow_git_based_version_tracking
setup_mlflow_git_based_version_tracking()
with mlflow.start_span("answer"):
    pass
"""


@pytest.fixture
def stage(trilha_server: RunningServer, tmp_path: Path) -> Stage:
    folder = tmp_path / "stage"
    folder.mkdir()
    return set_stage(trilha_server, Flavour(door=Door.HTTP, client=TRILHA), folder)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "feature/greeting")
    git(folder, "remote", "add", "origin", "https://who:secret@git.example/support.git")
    (folder / "app.py").write_text("greeting = 'hello'\n")
    git(folder, "add", "app.py")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "first")
    return folder


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def versions(stage: Stage) -> list[Any]:  # Any: JSON
    with stage.read() as rest:
        answer = rest.http.post("/api/v1/versions/search", json={"experiment_ids": [stage.experiment_id]})
        return answer.raise_for_status().json()["versions"]


def linked(stage: Stage) -> dict[str, str | None]:
    with stage.read() as rest:
        found = rest.search()["traces"]
    return {info["tags"]["mlflow.traceName"]: info["trace_metadata"].get("mlflow.modelId") for info in found}


def test_traces_are_linked_to_a_version_for_branch_and_commit(stage: Stage, repository: Path) -> None:
    assert run(stage, TRACED, cwd=repository) == ["feature/greeting", False]
    run(stage, TRACED, cwd=repository)
    (version,) = versions(stage)
    commit = git(repository, "rev-parse", "HEAD")
    assert version["name"] == f"feature-greeting-git-{commit[:8]}"
    assert version["tags"]["mlflow.source.git.commit"] == commit
    assert version["tags"]["mlflow.source.git.dirty"] == "false"
    assert version["tags"]["mlflow.source.git.repoURL"] == "https://git.example/support.git"
    found = linked(stage)
    assert found["within"] in (version["name"], version["version_id"])
    assert found["after"] is None


def test_uncommitted_changes_are_a_version_of_their_own_with_what_differs(stage: Stage, repository: Path) -> None:
    run(stage, TRACED, cwd=repository)
    (repository / "app.py").write_text("greeting = 'good day'\n")
    (repository / "notes.txt").write_text("under nobody's control")
    assert run(stage, TRACED, cwd=repository) == ["feature/greeting", True]
    dirty = {version["name"].endswith("-dirty"): version["tags"] for version in versions(stage)}
    assert "+greeting = 'good day'" in dirty[True]["mlflow.source.git.diff"]
    assert "nobody" not in dirty[True]["mlflow.source.git.diff"]
    assert "mlflow.source.git.diff" not in dirty[False]


def test_no_branch_need_be_checked_out(stage: Stage, repository: Path) -> None:
    git(repository, "checkout", "--quiet", "--detach")
    assert run(stage, TRACED, cwd=repository) == [None, False]
    (version,) = versions(stage)
    assert version["name"] == f"git-{git(repository, 'rev-parse', 'HEAD')[:8]}"


def test_where_there_is_no_repository_the_commit_of_the_build_counts(stage: Stage, tmp_path: Path) -> None:
    told = {"GITHUB_SHA": "0123456789abcdef0123456789abcdef01234567", "GITHUB_REF_NAME": "main"}
    assert run(stage, TRACED, told, cwd=tmp_path) == ["main", False]
    assert [version["name"] for version in versions(stage)] == ["main-git-01234567"]


def test_without_any_commit_traces_have_no_version(stage: Stage, tmp_path: Path) -> None:
    assert run(stage, TRACED, cwd=tmp_path) is None
    assert versions(stage) == []
    assert linked(stage) == {"within": None, "after": None}


def test_an_app_is_a_version_for_its_name_and_commit(stage: Stage, repository: Path) -> None:
    run(stage, SERVED, {"DATABRICKS_APP_NAME": "support"}, cwd=repository)
    (version,) = versions(stage)
    assert version["name"] == f"support-git-{git(repository, 'rev-parse', 'HEAD')[:8]}"
    assert linked(stage)["answer"] in (version["name"], version["version_id"])
