"""The model registry, through MLflow's clients: over `http://` and, as Unity Catalog, over `databricks`."""

from typing import Any

import pytest

from tests.support.clients import NEWEST, OLDEST, Client
from tests.support.doors import Door
from tests.support.processes import RunningServer
from tests.support.runs import Runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

MISSING = "RESOURCE_DOES_NOT_EXIST"
INVALID = "INVALID_PARAMETER_VALUE"
PAGES = [f"-page-{number}" for number in range(5)]


def name_for(client: Client, door: Door, levels: int = 3) -> str:
    """A name that no other run uses."""
    ending = f"{client.group}_{door.name}".lower().replace("-", "_")
    return f"main.default.agent_{ending}" if levels == 3 else f"agent_{ending}"


class TestRegistry:
    """Row by row over `http://`; what is not marked holds for the reference too."""

    @pytest.fixture(params=[NEWEST, OLDEST], ids=["newest", "oldest"])
    def seen(self, request: pytest.FixtureRequest, runs: Runs) -> Any:
        return runs.seen(request.param, "registering")

    def test_a_model_is_read_as_it_was_made(self, seen: Any) -> None:
        made = seen["models"]["made"]
        assert (made["name"], made["description"]) == ("-one", "what it does é")
        assert (made["tags"], made["aliases"]) == ({"team": "search", "n": "1"}, {})
        assert made["created_ms"] == made["updated_ms"] > 1_700_000_000_000
        assert seen["models"]["got"] == made

    def test_a_model_changes_and_keeps_the_rest(self, seen: Any) -> None:
        made, changed = seen["models"]["made"], seen["models"]["changed"]
        assert changed["description"] == "otherwise"
        assert changed["tags"] == {"team": "ranking", "chave/ção": "útil"}
        assert changed["created_ms"] == made["created_ms"]

    def test_a_renamed_model_keeps_its_versions(self, seen: Any) -> None:
        assert seen["models"]["renamed"]["latest"] == [["None", "1"]]
        assert seen["models"]["renamed version"]["name"] == "-two"
        assert seen["models"]["old name"]["error_code"] == MISSING

    def test_a_deleted_model_takes_its_versions_along(self, seen: Any) -> None:
        for what in ("deleted", "deleted twice", "version of deleted"):
            assert seen["models"][what]["error_code"] == MISSING
        assert seen["models"]["numbered anew"] == "1"

    @pytest.mark.parametrize(
        ("what", "code"),
        [
            ("taken", "RESOURCE_ALREADY_EXISTS"),
            ("renamed to taken", "RESOURCE_ALREADY_EXISTS"),
            ("no name", INVALID),
            ("slash", INVALID),
            ("colon", INVALID),
            ("tag of none", MISSING),
        ],
    )
    def test_a_model_that_cannot_be_is_refused(self, seen: Any, what: str, code: str) -> None:
        assert seen["models"][what]["error_code"] == code

    def test_a_tag_that_is_not_there_may_be_deleted(self, seen: Any) -> None:
        assert seen["models"]["untagged twice"] == seen["versions"]["untagged twice"] == {"result": None}

    def test_a_version_is_read_as_it_was_made(self, seen: Any) -> None:
        made = seen["versions"]["made"]
        times = {key: made.pop(key) for key in ("created_ms", "updated_ms")}
        assert times["created_ms"] == times["updated_ms"] > 1_700_000_000_000
        assert made == {
            "name": "-v",
            "version": "1",
            "source": "s3://bucket/model",
            "run_id": "0" * 32,
            "run_link": "https://run",
            "status": "READY",
            "stage": "None",
            "description": "first",
            "tags": {"k": "1"},
            "aliases": [],
        }
        assert seen["versions"]["got"] == made | times

    def test_a_version_changes_and_keeps_the_rest(self, seen: Any) -> None:
        changed = seen["versions"]["changed"]
        assert (changed["description"], changed["tags"]) == ("otherwise", {"k": "2"})
        assert (changed["source"], changed["run_link"]) == ("s3://bucket/model", "https://run")

    def test_versions_count_up_and_no_number_comes_twice(self, seen: Any) -> None:
        assert (seen["versions"]["second"], seen["versions"]["third"]) == ("2", "3")

    def test_files_outside_are_told_as_they_were_named(self, seen: Any) -> None:
        assert seen["versions"]["uri"] == "s3://bucket/model"

    @pytest.mark.parametrize("what", ["of none", "missing", "deleted", "deleted twice"])
    def test_a_version_that_is_not_there_is_told(self, seen: Any, what: str) -> None:
        assert seen["versions"][what]["error_code"] == MISSING

    def test_a_version_is_a_number(self, seen: Any) -> None:
        assert seen["versions"]["no number"]["error_code"] == INVALID

    @pytest.mark.trilha_only
    def test_no_version_is_made_of_what_is_not_there(self, seen: Any) -> None:
        assert seen["versions"]["unknown model id"]["error_code"] == MISSING

    def test_an_alias_names_one_version_and_moves(self, seen: Any) -> None:
        version = seen["aliases"]["version"]
        assert (version["version"], sorted(version["aliases"])) == ("1", ["Best_2-x", "best"])
        assert seen["aliases"]["moved"] == "2"
        assert seen["aliases"]["model"]["aliases"] == {"best": "2", "Best_2-x": "1"}

    def test_aliases_go_with_their_version(self, seen: Any) -> None:
        assert seen["aliases"]["after"]["aliases"] == {}
        assert seen["aliases"]["deleted twice"] == {"result": None}

    @pytest.mark.trilha_only  # the reference calls a missing alias an invalid parameter
    @pytest.mark.parametrize("what", ["missing", "deleted", "of deleted"])
    def test_an_alias_that_is_not_there_is_told(self, seen: Any, what: str) -> None:
        assert seen["aliases"][what]["error_code"] == MISSING

    @pytest.mark.parametrize("what", ["of none", "to missing"])
    def test_an_alias_needs_its_model_and_version(self, seen: Any, what: str) -> None:
        assert seen["aliases"][what]["error_code"] == MISSING

    @pytest.mark.parametrize("alias", ["latest", "v1", "a b", ""])
    def test_some_words_cannot_be_aliases(self, seen: Any, alias: str) -> None:
        assert seen["aliases"][f"alias '{alias}'"]["error_code"] == INVALID

    def test_versions_move_through_stages(self, seen: Any) -> None:
        stages = seen["stages"]
        assert stages["moved"] == ["Staging", "Production", "Production"]
        assert stages["latest"] == [["Production", "3"], ["Staging", "1"]]
        assert stages["latest in"] == ["3"]
        assert stages["archived"] == ["Production", "Archived", "Archived"]

    @pytest.mark.parametrize(("what", "code"), [("bad", INVALID), ("bad latest", INVALID), ("latest of none", MISSING)])
    def test_a_stage_that_is_none_is_refused(self, seen: Any, what: str, code: str) -> None:
        assert seen["stages"][what]["error_code"] == code

    @pytest.mark.trilha_only  # the reference fails with 500
    def test_only_stages_in_use_are_cleared(self, seen: Any) -> None:
        assert seen["stages"]["archive into none"]["error_code"] == INVALID

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("like", PAGES),
            ("ilike", PAGES),
            ("equal", ["-page-3"]),
            ("not", [*PAGES[:3], "-page-4"]),
            ("in", ["-page-1", "-page-3"]),
            ("tag", ["-page-3"]),
            ("tag like", PAGES[::2]),
            ("tag not", PAGES[1::2]),
            ("ordered", PAGES[::-1]),
            ("newest", "-page-4"),
            ("pages", [PAGES[0:2], PAGES[2:4], PAGES[4:]]),
        ],
    )
    def test_models_are_found(self, seen: Any, search: str, found: list[str]) -> None:
        assert seen["model searches"][search] == found

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("name", ["-p/1", "-p/2"]),
            ("like", ["-p/1", "-p/2"]),
            ("run", ["-p/2", "-q/2"]),
            ("runs", ["-p/1", "-p/2"]),
            ("tag", ["-p/2"]),
            ("tag not", ["-p/1"]),
            ("number", ["-p/2"]),
            ("numbers", ["-p/1"]),
            ("source", ["-p/2"]),
            ("ordered", ["-p/2", "-q/2", "-p/1", "-q/1"]),
            ("default", ["-p/2", "-p/1"]),
            ("pages", [["-p/1", "-p/2"], ["-q/1", "-q/2"]]),
            ("latest tags", [{"n": "1"}]),
        ],
    )
    def test_versions_are_found(self, seen: Any, search: str, found: object) -> None:
        assert seen["version searches"][search] == found

    @pytest.mark.parametrize("kind", ["model searches", "version searches"])
    @pytest.mark.parametrize("search", ["bad", "bad order", "too many"])
    def test_a_malformed_search_is_refused(self, seen: Any, kind: str, search: str) -> None:
        assert seen[kind][search]["error_code"] == INVALID

    def test_a_token_that_is_none_is_refused(self, seen: Any) -> None:
        assert seen["model searches"]["bad token"]["error_code"] == INVALID

    def test_a_copy_leads_to_the_files_of_the_first(self, seen: Any) -> None:
        copy = seen["copies"]["copy"]
        assert (copy["name"], copy["version"], copy["description"]) == ("-to", "1", "text")
        assert copy["tags"] == {"k": "v"}
        assert seen["copies"]["uri"] == "s3://bucket/copied"


@pytest.mark.trilha_only
class TestUnityCatalog:
    """The same registry as `databricks-uc`, which clients choose by themselves over `databricks`."""

    @pytest.fixture(params=[NEWEST, OLDEST], ids=["newest", "oldest"])
    def seen(self, request: pytest.FixtureRequest, mlflow_door: RunningServer, runs: Runs) -> Any:
        name = f"main.default.uc_{request.param.group.replace('-', '_')}_"
        return runs.seen(request.param, "registering_in_catalog", NAME=name, **Door.TOKEN.environment(mlflow_door.url))

    def test_a_model_is_read_as_it_was_made_and_changed(self, seen: Any) -> None:
        made = {
            "name": "one",
            "description": "what it does é",
            "tags": {"team": "search", "n": "1"},
            "aliases": {},
        }
        assert seen["models"]["made"] == seen["models"]["got"] == made
        changed = made | {"description": "otherwise", "tags": {"team": "ranking"}}
        assert seen["models"]["changed"] == changed
        assert seen["models"]["renamed"] == changed | {"name": "two"}

    def test_names_have_three_levels(self, seen: Any) -> None:
        for what in ("one level", "empty level"):
            assert "legacy Workspace Model Registry" in seen["models"][what]["message"]  # the client's own hint
        assert seen["models"]["renamed to one level"]["error_code"] == INVALID

    @pytest.mark.parametrize(("what", "code"), [("taken", "RESOURCE_ALREADY_EXISTS"), ("deleted", MISSING)])
    def test_a_model_that_cannot_be_is_told(self, seen: Any, what: str, code: str) -> None:
        assert seen["models"][what]["error_code"] == code

    def test_models_are_listed_page_by_page(self, seen: Any) -> None:
        assert seen["models"]["pages"] == ["page0", "page1", "page2"]

    def test_a_version_is_ready_once_its_files_are_there(self, seen: Any) -> None:
        assert seen["versions"]["made"] == seen["versions"]["got"]
        assert seen["versions"]["made"] == {
            "name": "v",
            "version": "1",
            "status": "READY",
            "source": seen["versions"]["source"],
            "description": "first",
            "tags": {"k": "1"},
            "aliases": [],
        }

    def test_a_version_changes(self, seen: Any) -> None:
        changed = seen["versions"]["changed"]
        assert (changed["description"], changed["tags"], changed["aliases"]) == ("otherwise", {"k": "2"}, ["best"])
        assert (seen["versions"]["by alias"], seen["versions"]["model"]["aliases"]) == ("1", {"best": "1"})
        assert seen["versions"]["uri"] == "v/1"

    def test_versions_count_up_and_no_number_comes_twice(self, seen: Any) -> None:
        assert (seen["versions"]["second"], seen["versions"]["found"]) == ("2", ["2", "1"])
        assert seen["versions"]["third"] == "3"

    @pytest.mark.parametrize("what", ["of none", "no alias", "alias deleted", "deleted"])
    def test_what_is_not_there_is_told(self, seen: Any, what: str) -> None:
        assert seen["versions"][what]["error_code"] == MISSING

    def test_files_of_several_megabytes_come_back_whole(self, seen: Any) -> None:
        assert seen["versions"]["large"] is True


AGENTS = [
    pytest.param((NEWEST, Door.HTTP, 1), id="newest-http-plain-name"),
    pytest.param((NEWEST, Door.HTTP, 3), id="newest-http"),
    pytest.param((OLDEST, Door.HTTP, 3), id="oldest-http"),
    pytest.param((NEWEST, Door.TOKEN, 3), id="newest-token", marks=pytest.mark.trilha_only),
    pytest.param((OLDEST, Door.TOKEN, 3), id="oldest-token", marks=pytest.mark.trilha_only),
]


class TestAgents:
    """A ResponsesAgent is logged from its file under a registered name, loaded by that name, and answers."""

    @pytest.fixture(params=AGENTS)
    def seen(self, request: pytest.FixtureRequest, mlflow_door: RunningServer, runs: Runs) -> Any:
        client, door, levels = request.param
        name = name_for(client, door, levels)
        report = runs.seen(client, "registering_agents", NAME=name, **door.environment(mlflow_door.url))
        return report | {"name": name, "is oldest": client.is_oldest}

    @pytest.mark.parametrize("way", ["by number", "by alias", "second", "third", "copy", "still there"])
    def test_it_answers_however_it_is_loaded(self, seen: Any, way: str) -> None:
        assert seen[way] == "heard: olá"

    def test_it_is_registered_with_the_run_that_logged_it(self, seen: Any) -> None:
        version = seen["version"]
        assert seen["registered as"] == version["version"] == "1"
        assert (version["name"], version["status"], version["run_id"]) == (seen["name"], "READY", seen["run"])
        assert version["source"] == f"models:/{seen['model']}"
        assert seen["again"]["version"] == "2"
        assert seen["of run"]["run_id"] == seen["run"]

    def test_all_its_files_come_back(self, seen: Any) -> None:
        assert {"MLmodel", "echoing_agent.py", "requirements.txt"} <= set(seen["files"])
        assert seen["files"] == seen["logged files"]
        assert seen["one file"] == "artifact_path:"

    def test_a_deleted_version_cannot_be_loaded(self, seen: Any) -> None:
        assert seen["deleted"]["error_code"] == MISSING

    def test_its_traces_name_the_version(self, seen: Any) -> None:
        assert seen["traces of the version"] == (0 if seen["is oldest"] else 1)  # 3.1 does not say what it has loaded


@pytest.mark.trilha_only
@pytest.mark.parametrize(("first", "then"), [(Door.HTTP, Door.TOKEN), (Door.TOKEN, Door.HTTP)], ids=["to", "from"])
def test_what_is_registered_at_one_door_is_read_at_the_other(
    first: Door, then: Door, mlflow_door: RunningServer, runs: Runs
) -> None:
    name = name_for(NEWEST, first)
    registered = runs.seen(NEWEST, "registering_agents", NAME=name, **first.environment(mlflow_door.url))

    read = runs.seen(NEWEST, "loading_agents", NAME=name, **then.environment(mlflow_door.url))

    assert read["answer"] == "heard: oi"
    assert (read["version"], read["source"]) == ("1", f"models:/{registered['model']}")
    assert read["found"] == ["3", "1"]
