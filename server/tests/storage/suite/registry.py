"""What every store promises about registered models and their versions."""

import threading

import pytest
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.errors import AlreadyExists, NotFound
from trilha_server.domain.ids import ExperimentId
from trilha_server.domain.registered_model import (
    ModelChange,
    NewRegisteredVersion,
    RegisteredVersionChange,
    RegistrationStatus,
    RegistryStage,
)
from trilha_server.ports import Store

from server.tests.support.spans import NOW_MS, FixedClock

LATER_MS = NOW_MS + 1000


def a_version(**fields: object) -> NewRegisteredVersion:
    return NewRegisteredVersion(**{"time_ms": NOW_MS, "source": "models:/m-1", **fields})  # pyright: ignore[reportArgumentType]  # a builder


def numbered(store: Store, name: str, count: int = 1) -> list[int]:
    """Makes a model with some versions."""
    store.registry.create_model(name, "", {})
    return [store.registered_versions.add_version(name, a_version()).number for _ in range(count)]


class RegisteredModelsSuite:
    """Models have names, descriptions, tags and aliases."""

    def test_a_new_one_comes_back_as_it_was_made(self, store: Store) -> None:
        made = store.registry.create_model("main.default.agent é", "what it does", {"team": "ä\x00", "k": ""})

        assert made.create_time_ms == made.update_time_ms == NOW_MS
        assert (made.description, made.tags, made.aliases) == ("what it does", {"team": "ä\x00", "k": ""}, {})
        assert store.registry.get_model("main.default.agent é") == made
        assert store.registry.list_models() == [made]

    def test_a_name_is_taken_once(self, store: Store) -> None:
        store.registry.create_model("a", "", {})

        with pytest.raises(AlreadyExists):
            store.registry.create_model("a", "", {})

    def test_all_are_listed_by_name_capitals_first(self, store: Store) -> None:
        for name in ("b", "a", "é", "B"):
            store.registry.create_model(name, "", {})

        assert [model.name for model in store.registry.list_models()] == ["B", "a", "b", "é"]

    def test_what_is_not_named_in_a_change_stays(self, store: Store) -> None:
        made = store.registry.create_model("a", "text", {"k": "1", "gone": "x"})

        changed = store.registry.change_model("a", ModelChange(time_ms=LATER_MS, tags={"new": "2", "gone": None}))

        assert (changed.name, changed.description, changed.create_time_ms) == ("a", "text", made.create_time_ms)
        assert changed.tags == {"k": "1", "new": "2"}
        assert changed.update_time_ms == LATER_MS
        assert store.registry.get_model("a") == changed

    def test_a_description_can_be_emptied(self, store: Store) -> None:
        store.registry.create_model("a", "text", {})

        assert store.registry.change_model("a", ModelChange(time_ms=LATER_MS, description="")).description == ""

    def test_one_can_be_renamed_to_a_free_name_only(self, store: Store) -> None:
        made = store.registry.create_model("a", "", {})
        numbered(store, "b")
        store.registered_versions.add_version("a", a_version())

        with pytest.raises(AlreadyExists):
            store.registry.change_model("a", ModelChange(time_ms=LATER_MS, name="b"))
        same = store.registry.change_model("a", ModelChange(time_ms=LATER_MS, name="a"))
        renamed = store.registry.change_model("a", ModelChange(time_ms=LATER_MS, name="c"))

        assert (same.name, renamed.name) == ("a", "c")
        assert renamed.model_number == made.model_number
        assert store.registered_versions.get_version("c", 1).model_name == "c"
        with pytest.raises(NotFound):
            store.registry.get_model("a")

    def test_a_deleted_one_leaves_nothing_to_its_successor(self, store: Store) -> None:
        numbered(store, "a", 2)
        first = store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": 2}))
        store.registry.delete_model("a")

        second = store.registry.create_model("a", "", {})

        assert second.model_number > first.model_number
        assert second.aliases == {}
        assert store.registered_versions.list_versions(["a"]) == []
        assert store.registered_versions.add_version("a", a_version()).number == 1

    def test_what_is_not_there_is_told(self, store: Store) -> None:
        with pytest.raises(NotFound):
            store.registry.get_model("z")
        with pytest.raises(NotFound):
            store.registry.delete_model("z")
        with pytest.raises(NotFound):
            store.registry.change_model("z", ModelChange(time_ms=NOW_MS, description="x"))
        with pytest.raises(NotFound):
            store.registered_versions.add_version("z", a_version())
        assert store.registry.list_models() == []

    def test_text_with_nul_is_no_reason_to_fail(self, store: Store) -> None:
        made = store.registry.create_model("a\x00b", "\x00", {"\x00": "\x00"})
        version = store.registered_versions.add_version(
            "a\x00b",
            a_version(
                source="\x00", outside="\x00", run_id="\x00", run_link="\x00", version_id="\x00", description="\x00"
            ),
        )
        changed = store.registered_versions.change_version(
            "a\x00b", 1, RegisteredVersionChange(time_ms=NOW_MS, description="\x00")
        )

        assert store.registry.get_model("a\x00b") == made
        assert changed == version


class AliasesSuite:
    """An alias names one version of its model."""

    def test_an_alias_moves_to_another_version(self, store: Store) -> None:
        numbered(store, "a", 2)
        store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": 1, "new": 2}))

        moved = store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": 2}))

        assert moved.aliases == {"best": 2, "new": 2}
        assert store.registered_versions.get_version("a", 2).aliases == ("best", "new")
        assert store.registered_versions.get_version("a", 1).aliases == ()

    def test_an_alias_can_be_deleted(self, store: Store) -> None:
        numbered(store, "a")
        store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": 1}))

        changed = store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": None, "other": None}))

        assert changed.aliases == {}

    def test_no_alias_names_a_version_that_does_not_exist(self, store: Store) -> None:
        numbered(store, "a")

        with pytest.raises(NotFound):
            store.registry.change_model("a", ModelChange(time_ms=LATER_MS, aliases={"best": 2}))

        assert store.registry.get_model("a").aliases == {}
        assert store.registry.get_model("a").update_time_ms == NOW_MS

    def test_aliases_go_with_their_version(self, store: Store) -> None:
        numbered(store, "a", 2)
        store.registry.change_model("a", ModelChange(time_ms=NOW_MS, aliases={"best": 1, "new": 2}))

        store.registered_versions.delete_version("a", 1)

        assert store.registry.get_model("a").aliases == {"new": 2}


class RegisteredVersionsSuite:
    """Versions are numbered within their model."""

    def test_a_new_one_comes_back_as_it_was_made(self, store: Store) -> None:
        model = store.registry.create_model("a", "", {})
        added = store.registered_versions.add_version(
            "a",
            a_version(
                time_ms=LATER_MS,
                source="runs:/r/model",
                version_id="m-1",
                run_id="r",
                run_link="https://link",
                description="é",
                status=RegistrationStatus.PENDING,
                files=ArtifactPath.parse("7/models/m-1/artifacts"),
                tags={"k": "v" * 100_000},
            ),
        )

        assert (added.model_number, added.model_name, added.number) == (model.model_number, "a", 1)
        assert added.create_time_ms == added.update_time_ms == LATER_MS
        assert added.stage is RegistryStage.NONE
        assert store.registered_versions.get_version("a", 1) == added
        assert store.registry.get_model("a").update_time_ms == LATER_MS

    def test_files_that_are_yet_to_come_have_a_folder_of_their_own(self, store: Store) -> None:
        numbered(store, "a", 2)
        added = store.registered_versions.add_version("a", a_version(files=ExperimentId(7)))
        copied = store.registered_versions.add_version("a", a_version(files=added.files))

        assert added.files == ArtifactPath.parse(f"7/registered_models/{added.model_number}/3/artifacts")
        assert store.registered_versions.get_version("a", 3) == added
        assert store.registered_versions.get_version("a", 4).files == added.files
        assert (added.owns_files, copied.owns_files) == (True, False)

    def test_only_folders_that_nothing_needs_are_given_up(self, store: Store) -> None:
        numbered(store, "a")
        store.registry.create_model("copies", "", {})
        kept, lost = (
            store.registered_versions.add_version("a", a_version(files=ExperimentId(7))).files for _ in range(2)
        )
        store.registered_versions.add_version("a", a_version(files=ArtifactPath.parse("7/models/m-1/artifacts")))
        store.registered_versions.add_version("copies", a_version(files=kept))

        assert store.registered_versions.delete_version("a", 1) == []
        assert store.registered_versions.delete_version("a", 2) == []
        assert store.registry.delete_model("a") == [lost]
        assert store.registry.delete_model("copies") == [kept]

    def test_numbers_count_up_within_a_model_and_are_never_used_twice(self, store: Store) -> None:
        assert numbered(store, "a", 3) == [1, 2, 3]
        assert numbered(store, "b") == [1]
        store.registered_versions.delete_version("a", 3)

        assert store.registered_versions.add_version("a", a_version()).number == 4

    def test_many_at_once_take_different_numbers(self, store: Store) -> None:
        store.registry.create_model("a", "", {})
        found: list[int] = []

        def add() -> None:
            found.append(store.registered_versions.add_version("a", a_version()).number)

        threads = [threading.Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(found) == [1, 2, 3, 4, 5, 6, 7, 8]

    def test_changes_at_once_are_all_kept(self, store: Store) -> None:
        numbered(store, "a")

        def change(key: str) -> None:
            store.registry.change_model("a", ModelChange(time_ms=NOW_MS, tags={key: "x"}, aliases={key: 1}))
            store.registered_versions.change_version("a", 1, RegisteredVersionChange(time_ms=NOW_MS, tags={key: "x"}))

        threads = [threading.Thread(target=change, args=(f"k{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        model, version = store.registry.get_model("a"), store.registered_versions.get_version("a", 1)
        assert len(model.tags) == len(model.aliases) == len(version.tags) == len(version.aliases) == 8

    def test_what_is_not_named_in_a_change_stays(self, store: Store) -> None:
        store.registry.create_model("a", "", {})
        store.registered_versions.add_version(
            "a", a_version(description="text", status=RegistrationStatus.PENDING, tags={"k": "1", "gone": "x"})
        )

        changed = store.registered_versions.change_version(
            "a",
            1,
            RegisteredVersionChange(
                time_ms=LATER_MS, status=RegistrationStatus.READY, tags={"new": "ä\x00", "gone": None}
            ),
        )

        assert (changed.description, changed.status) == ("text", RegistrationStatus.READY)
        assert changed.tags == {"k": "1", "new": "ä\x00"}
        assert (changed.create_time_ms, changed.update_time_ms) == (NOW_MS, LATER_MS)
        assert store.registered_versions.get_version("a", 1) == changed

    def test_others_leave_a_stage_only_when_asked(self, store: Store) -> None:
        numbered(store, "a", 3)
        numbered(store, "b")
        production = RegisteredVersionChange(time_ms=NOW_MS, stage=RegistryStage.PRODUCTION)
        for name, number in (("a", 1), ("a", 2), ("b", 1)):
            store.registered_versions.change_version(name, number, production)

        store.registered_versions.change_version(
            "a",
            3,
            RegisteredVersionChange(time_ms=LATER_MS, stage=RegistryStage.PRODUCTION, archives_others=True),
        )

        stages = [version.stage for version in store.registered_versions.list_versions()]
        assert stages == [
            RegistryStage.PRODUCTION,
            RegistryStage.ARCHIVED,
            RegistryStage.ARCHIVED,
            RegistryStage.PRODUCTION,
        ]

    def test_they_are_listed_by_model_or_run_the_newest_first(self, store: Store) -> None:
        for name, run_id in (("b", "r1"), ("a", "r1"), ("a", "r2"), ("a", None)):
            if name not in [model.name for model in store.registry.list_models()]:
                store.registry.create_model(name, "", {})
            store.registered_versions.add_version(name, a_version(run_id=run_id))

        def listed(**asked: list[str]) -> list[tuple[str, int]]:
            return [(found.model_name, found.number) for found in store.registered_versions.list_versions(**asked)]

        assert listed() == [("a", 3), ("a", 2), ("a", 1), ("b", 1)]
        assert listed(names=["a"]) == [("a", 3), ("a", 2), ("a", 1)]
        assert listed(run_ids=["r1"]) == [("a", 1), ("b", 1)]
        assert listed(names=["a"], run_ids=["r1", "r2"]) == [("a", 2), ("a", 1)]
        assert listed(names=["a", "b", "c"]) == listed()
        assert listed(names=[]) == listed(run_ids=[]) == []

    def test_the_latest_are_those_of_each_stage(self, store: Store) -> None:
        numbered(store, "a", 4)
        numbered(store, "b", 2)
        store.registry.create_model("c", "", {})
        for number, stage in ((1, RegistryStage.STAGING), (2, RegistryStage.STAGING), (4, RegistryStage.PRODUCTION)):
            store.registered_versions.change_version("a", number, RegisteredVersionChange(time_ms=NOW_MS, stage=stage))

        latest = store.registered_versions.latest_versions(["b", "a", "c", "z"])

        assert [(version.model_name, version.number) for version in latest] == [("a", 2), ("a", 3), ("a", 4), ("b", 2)]
        assert store.registered_versions.latest_versions([]) == []

    def test_what_is_not_there_is_told(self, store: Store, clock: FixedClock) -> None:
        numbered(store, "a")
        clock.time_ms = LATER_MS

        for name, number in (("a", 2), ("z", 1)):
            with pytest.raises(NotFound):
                store.registered_versions.get_version(name, number)
            with pytest.raises(NotFound):
                store.registered_versions.change_version(name, number, RegisteredVersionChange(time_ms=LATER_MS))
            with pytest.raises(NotFound):
                store.registered_versions.delete_version(name, number)
        assert store.registry.get_model("a").update_time_ms == NOW_MS
