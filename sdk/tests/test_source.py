import getpass
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from trilha import _faults, _settings
from trilha._source import source_metadata

COMMIT = "98207f02" + "0" * 32

Find = Callable[[Mapping[str, str]], Mapping[str, str]]


@pytest.fixture
def find(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Find]:
    """Find the source of a program outside of any repository, in an environment of nothing but what is given."""

    def find(environment: Mapping[str, str]) -> Mapping[str, str]:
        for name in os.environ:
            monkeypatch.delenv(name)
        for name, text in environment.items():
            monkeypatch.setenv(name, text)
        _settings.forget()
        source_metadata.cache_clear()
        return {key.removeprefix("mlflow.").removeprefix("source."): text for key, text in source_metadata().items()}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "app.py")])
    yield find
    monkeypatch.undo()
    _settings.forget()
    source_metadata.cache_clear()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A notebook's kernel; returns the variables of its cells."""
    variables: dict[str, Any] = {}
    shell = SimpleNamespace(kernel=object(), user_ns=variables)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # pyright: ignore[reportArgumentType]  # a stand-in
    monkeypatch.setattr(sys, "argv", ["/usr/lib/ipykernel_launcher.py", "-f", "kernel-1.json"])
    return variables


@pytest.mark.parametrize(
    ("said", "branch", "url"),
    [
        ({"GITHUB_SHA": COMMIT, "GITHUB_REF_NAME": "main"}, "main", None),
        ({"CI_COMMIT_SHA": COMMIT, "CI_PROJECT_URL": "https://gitlab.com/a/b"}, None, "https://gitlab.com/a/b"),
        ({"CIRCLE_SHA1": COMMIT, "CIRCLE_BRANCH": "main"}, "main", None),
        ({"TRAVIS_COMMIT": COMMIT, "TRAVIS_BRANCH": "main"}, "main", None),
        ({"DRONE_COMMIT_SHA": COMMIT, "DRONE_BRANCH": "main", "DRONE_REPO_LINK": "https://x/a"}, "main", "https://x/a"),
        ({"BUILDKITE_COMMIT": COMMIT, "BUILDKITE_REPO": "git@x:a.git"}, None, "git@x:a.git"),
        ({"CODEBUILD_RESOLVED_SOURCE_VERSION": COMMIT}, None, None),
        ({"COMMIT_SHA": COMMIT, "BRANCH_NAME": "main"}, "main", None),
        ({"VERCEL_GIT_COMMIT_SHA": COMMIT, "VERCEL_GIT_COMMIT_REF": "main"}, "main", None),
        ({"RENDER_GIT_COMMIT": COMMIT, "RENDER_GIT_BRANCH": "main"}, "main", None),
        ({"HEROKU_BUILD_COMMIT": COMMIT}, None, None),
        ({"HEROKU_SLUG_COMMIT": COMMIT}, None, None),
    ],
)
def test_where_there_is_no_repository_the_build_or_the_host_tells_the_commit(
    find: Find, said: Mapping[str, str], branch: str | None, url: str | None
) -> None:
    found = find(said)
    assert found["git.commit"] == COMMIT
    assert (found.get("git.branch"), found.get("git.repoURL")) == (branch, url)


@pytest.mark.parametrize("said", ["HEAD", "", "3sL4kqtJlcpXroDTDmJ.xrSuTbO", "main"])
def test_what_is_no_commit_is_not_told_as_one(find: Find, said: str) -> None:
    found = find({"BUILDKITE_COMMIT": said, "BUILDKITE_BRANCH": "main", "TRAVIS_COMMIT": COMMIT})
    assert (found["git.commit"], found.get("git.branch")) == (COMMIT, None)


def test_a_password_in_the_address_of_a_repository_is_not_told(find: Find) -> None:
    found = find({"CIRCLE_SHA1": COMMIT, "CIRCLE_REPOSITORY_URL": "https://bot:hunter2@github.com/a/b"})
    assert found["git.repoURL"] == "https://github.com/a/b"


@pytest.mark.parametrize("name", ["JPY_SESSION_NAME", "__vsc_ipynb_file__", "IPYNB_FILE"])
def test_a_notebook_is_told_by_its_name(find: Find, notebook: dict[str, Any], name: str) -> None:
    found = find({name: "/home/me/work/Try agents.ipynb"})
    assert (found["name"], found["type"]) == ("Try agents.ipynb", "NOTEBOOK")


def test_a_notebook_of_vs_code_is_told_by_its_name(find: Find, notebook: dict[str, Any]) -> None:
    notebook["__vsc_ipynb_file__"] = "/home/me/agents.ipynb"
    assert find({})["name"] == "agents.ipynb"


def test_a_notebook_whose_name_nobody_knows_has_none(find: Find, notebook: dict[str, Any]) -> None:
    found = find({})
    assert (found.get("name"), found["type"]) == (None, "NOTEBOOK")


def test_ipython_in_a_terminal_is_no_notebook(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = SimpleNamespace(get_ipython=lambda: SimpleNamespace(user_ns={}))
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert find({})["type"] == "LOCAL"


@pytest.mark.parametrize("program", ["-c", "", "-"])
def test_what_is_neither_script_nor_notebook_is_unknown(
    find: Find, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(sys, "argv", [program])
    found = find({})
    assert (found["name"], found["type"]) == ("<console>", "UNKNOWN")


def test_the_user_is_who_signs_in_at_the_server_or_else_who_runs_the_process(find: Find) -> None:
    assert find({"USER": "me", "MLFLOW_TRACKING_USERNAME": "ana"})["user"] == "ana"
    assert find({"USER": "me"})["user"] == "me"


def test_where_no_variable_names_the_user_the_system_does(find: Find) -> None:
    pwd = pytest.importorskip("pwd")
    assert find({})["user"] == pwd.getpwuid(os.getuid()).pw_name


def test_a_user_without_a_name_is_absent_and_no_fault(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1000730000")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert "user" not in find({})
    assert _faults.counts() == {}
