"""Prompts, through MLflow's clients: over `http://` and, as Unity Catalog, over `databricks`."""

from typing import Any

import pytest

from tests.support.clients import NEWEST
from tests.support.doors import Door
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

WAYS = [
    pytest.param((Door.HTTP, "p-"), id="http"),
    pytest.param((Door.TOKEN, "main.default.p_"), id="token", marks=pytest.mark.trilha_only),
]
CHAT = [{"role": "system", "content": "Be {{tone}}"}, {"role": "user", "content": "{{q}}"}]


@pytest.fixture(params=WAYS)
def seen(request: pytest.FixtureRequest, mlflow_door: RunningServer, runs: Runs) -> Any:
    door, prefix = request.param
    return runs.seen(NEWEST, "prompting", PROMPTS=prefix, **door.environment(mlflow_door.url))


@pytest.fixture
def over_http(mlflow_door: RunningServer, runs: Runs) -> Any:
    return runs.seen(NEWEST, "prompting", PROMPTS="p-", **Door.HTTP.environment(mlflow_door.url))


def test_a_prompt_is_loaded_as_it_was_registered(seen: Any) -> None:
    first = seen["basics"]["first"]
    assert first == {
        "name": "greet",
        "version": 1,
        "template": "Olá {{name}}, é {{day}}",
        "commit_message": "first",
        "tags": {"author": "ana"},
        "aliases": [],
        "variables": ["day", "name"],
    }
    assert seen["basics"]["loaded"] == first
    assert seen["basics"]["formatted"] == "Olá Zé, é hoje"


def test_a_prompt_may_be_a_chat_with_its_model_and_format(seen: Any) -> None:
    chat = seen["basics"]["chat"]
    assert (chat["version"], chat["template"], chat["commit_message"]) == (2, CHAT, "as a chat")
    assert seen["basics"]["model config"] == {"model_name": "m", "temperature": 0.5}
    assert seen["basics"]["response format"] == {"type": "object"}


def test_the_latest_is_the_newest(seen: Any) -> None:
    assert seen["basics"]["latest"] == seen["basics"]["chat"]


def test_what_is_not_there_may_be_missed(seen: Any) -> None:
    assert seen["basics"]["allowed to miss"] is None
    assert "error" in seen["basics"]["missing"]
    assert "error" in seen["basics"]["missing version"]


def test_an_alias_names_a_version_and_moves(seen: Any) -> None:
    assert seen["changes"]["alias"] == seen["basics"]["first"] | {"aliases": ["production"]}
    assert seen["changes"]["moved"] == 2
    assert "error" in seen["changes"]["no alias"]


def test_tags_of_prompts_and_versions_come_and_go(seen: Any) -> None:
    assert seen["changes"]["tags"] == {"team": "búsca", "gone": None}
    assert seen["changes"]["version tags"] == {"reviewed": "sim", "gone": None, "author": "ana"}


def test_prompts_are_found(seen: Any) -> None:
    assert seen["searches"]["all"] == ["greet", "page0", "page1", "page2"]
    assert seen["searches"]["limited"] == 2
    assert seen["searches"]["versions"] == [2, 1]


def test_a_trace_knows_the_prompt_that_it_used(seen: Any) -> None:
    assert seen["tracing"]["found"] is True


def test_a_deleted_version_is_gone_and_the_others_stay(seen: Any) -> None:
    assert "error" in seen["deletions"]["version"]
    assert seen["deletions"]["other"] == "two"
    assert seen["deletions"]["deleted"] is None
    assert seen["deletions"]["info"] is None


def test_prompts_are_no_models_unless_asked_for(over_http: Any) -> None:
    assert over_http["searches"]["by tag"] == ["greet"]
    for search in ("among models", "without prompts", "among versions"):
        assert over_http["searches"][search] == []


def test_a_name_is_that_of_a_prompt_or_of_a_model(over_http: Any) -> None:
    assert over_http["clashes"]["prompt on model"]["error_code"] == "INVALID_PARAMETER_VALUE"
    assert over_http["clashes"]["model on prompt"]["error_code"] == "RESOURCE_ALREADY_EXISTS"


@pytest.mark.trilha_only
def test_a_prompt_of_unity_catalog_is_read_over_http_and_the_other_way_round(
    mlflow_door: RunningServer, runs: Runs
) -> None:
    name = "main.shared.p_greet"
    http, databricks = (door.environment(mlflow_door.url) for door in (Door.HTTP, Door.TOKEN))
    written = runs.seen(NEWEST, "prompt_sharing", NAME=name, DO="write", **databricks)
    read = runs.seen(NEWEST, "prompt_sharing", NAME=name, DO="read and write", **http)
    again = runs.seen(NEWEST, "prompt_sharing", NAME=name, DO="read", **databricks)

    assert read["versions"][:2] == written["versions"]
    assert again["versions"] == read["versions"]
    assert [version["template"] for version in again["versions"]] == ["Olá {{name}}", CHAT, "Oi {{name}}", CHAT]
