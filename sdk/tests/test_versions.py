import asyncio
import contextvars
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import trilha
from trilha import _settings, tracing
from trilha._client import later
from trilha.exceptions import InvalidInput, NotFound
from trilha.testing import InMemory, in_memory

from sdk.tests.answering import Answer, Answering, Asked, asked_by_all

MISSING = (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "there is none"})


class Versions:
    """A server that keeps versions, and answers once it may."""

    def __init__(self) -> None:
        self.kept: list[dict[str, dict[str, object]]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.failures = 0

    def __call__(self, asked: Asked) -> Answer:
        self.may_answer.wait(10)
        if self.failures:
            self.failures -= 1
            return 503, {}
        match asked.method, asked.path.removeprefix("/api/2.0/mlflow/logged-models").split("/")[1:]:
            case "POST", ["search"]:
                name = asked.body["filter"].removeprefix("name = ")[1:-1]
                return 200, {"models": [each for each in reversed(self.kept) if each["info"]["name"] == name][:1]}
            case "POST", []:
                known = [each for each in self.kept if each["info"]["name"] == asked.body["name"]]
                is_wanted_once = {"key": "trilha.getOrCreate", "value": "true"} in asked.body["tags"]
                return 200, {"model": known[-1] if known and is_wanted_once else self.keep(**asked.body)}
            case _, [model_id, *_]:
                found = [each for each in self.kept if each["info"]["model_id"] == model_id]
                return (200, {"model": found[0]}) if found else MISSING
            case _:
                return 200, {}

    def keep(self, **said: object) -> dict[str, dict[str, object]]:
        info = {"experiment_id": "1", "model_id": f"m-{len(self.kept):032x}", "status": "LOGGED_MODEL_READY"}
        made: dict[str, dict[str, object]] = {"info": {**info, **said}, "data": {"params": said.get("params")}}
        self.kept.append(made)
        return made

    @property
    def names(self) -> list[object]:
        return [each["info"]["name"] for each in self.kept]


@pytest.fixture
def versions() -> Versions:
    return Versions()


@pytest.fixture
def server(versions: Versions) -> Iterator[Answering]:
    with asked_by_all(versions) as running:
        yield running
        versions.may_answer.set()
        later_is_done()


@pytest.fixture
def told() -> Iterator[InMemory]:
    with in_memory() as taken:
        yield taken


def later_is_done() -> None:
    done = threading.Event()
    later.soon(done.set)
    assert done.wait(10)


def linked(told: InMemory, name: str = "root") -> str | None:
    """Return the version that a trace is linked to which begins here."""
    with trilha.start_span(name):
        pass
    return told.spans[-1].trace.metadata.get("mlflow.modelId")


# Whose traces are linked to which version.


def test_each_thread_is_linked_to_the_version_of_its_own_block(told: InMemory) -> None:
    both = threading.Barrier(2)

    def own(name: str) -> tuple[str | None, str | None]:
        with trilha.set_active_model(name=name):
            both.wait(5)
            inside = linked(told, name)
            both.wait(5)
        return inside, linked(told, f"after {name}")

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(own, "AB")) == [("A", None), ("B", None)]
    assert trilha.get_active_model_id() is None


def test_each_task_is_linked_to_the_version_of_its_own_block(told: InMemory) -> None:
    async def own(name: str) -> str | None:
        with trilha.set_active_model(name=name):
            await asyncio.sleep(0)
            return linked(told, name)

    async def both() -> list[str | None]:
        return list(await asyncio.gather(own("A"), own("B")))

    assert asyncio.run(both()) == ["A", "B"]


def test_blocks_that_overlap_leave_nothing_behind(told: InMemory) -> None:
    first, second = trilha.set_active_model(name="A"), trilha.set_active_model(name="B")
    here, there = contextvars.copy_context(), contextvars.copy_context()
    trilha.clear_active_model()
    here.run(first.__enter__)
    there.run(second.__enter__)
    here.run(first.__exit__, None, None, None)
    assert there.run(linked, told) == "B"
    there.run(second.__exit__, None, None, None)
    assert linked(told) is None


def test_a_block_inside_of_a_block_gives_way_to_the_outer_one(told: InMemory) -> None:
    with trilha.set_active_model(name="A"):
        with trilha.set_active_model(name="B"):
            assert linked(told) == "B"
        assert linked(told) == "A"
        trilha.set_active_model(name="C")
        assert linked(told) == "C"
    assert linked(told) is None


def test_other_threads_follow_a_choice_but_not_a_block(told: InMemory) -> None:
    with ThreadPoolExecutor(1) as pool:
        trilha.set_active_model(name="A")
        assert pool.submit(linked, told).result() == "A"
        with trilha.set_active_model(name="B"):
            assert pool.submit(linked, told).result() == "A"


def test_a_thread_keeps_its_own_choice_and_threads_that_disagree_speak_for_no_other(told: InMemory) -> None:
    trilha.set_active_model(name="A")
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as other:
        pool.submit(trilha.set_active_model, name="B").result()
        assert (linked(told), pool.submit(linked, told).result()) == ("A", "B")
        assert other.submit(linked, told).result() is None


def test_a_version_that_was_cleared_is_linked_to_no_more(told: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_ACTIVE_MODEL_ID", "of the environment")
    _settings.forget()
    assert linked(told) == "of the environment"
    trilha.set_active_model(name="A")
    assert linked(told) == "A"
    trilha.clear_active_model()
    assert linked(told) is None
    with trilha.set_active_model(name="B"):
        trilha.clear_active_model()
        assert linked(told) is None


def test_a_block_that_is_left_in_another_context_raises_nothing(told: InMemory) -> None:
    block = trilha.set_active_model(name="A")
    contextvars.copy_context().run(block.__enter__)
    block.__exit__(None, None, None)
    tracing.reset()
    assert linked(told) is None


# A name means a version, which is found or made while nobody waits.


def test_choosing_a_name_waits_for_nothing_and_makes_the_version(server: Answering, versions: Versions) -> None:
    versions.may_answer.clear()
    began_s = time.monotonic()
    active = trilha.set_active_model(name="v1")
    assert time.monotonic() - began_s < 1
    assert trilha.get_active_model_id() == "v1"
    versions.may_answer.set()
    later_is_done()
    assert versions.names == ["v1"]
    assert trilha.get_active_model_id() == active.model_id == "m-" + "0" * 32


def test_traces_carry_the_name_until_the_id_is_known(server: Answering, versions: Versions) -> None:
    versions.may_answer.clear()
    trilha.set_active_model(name="v1")
    with in_memory() as told:
        assert linked(told) == "v1"
        versions.may_answer.set()
        later_is_done()
        assert linked(told) == "m-" + "0" * 32


def test_choosing_a_name_again_and_again_asks_the_server_once(server: Answering) -> None:
    for _ in range(5):
        with trilha.set_active_model(name="v1"):
            later_is_done()
    asked = len(server.asked)
    with trilha.set_active_model(name="v1"):
        later_is_done()
    assert len(server.asked) == asked


def test_a_newer_version_of_the_name_is_the_one_that_is_chosen(server: Answering) -> None:
    first = trilha.set_active_model(name="v1").model_id
    newer = trilha.create_external_model(name="v1", get_or_create=False)
    assert trilha.set_active_model(name="v1").model_id == newer.model_id != first


@pytest.mark.parametrize("is_made_yet", [True, False])
def test_the_active_version_takes_parameters_and_tags_and_is_read(
    server: Answering, versions: Versions, *, is_made_yet: bool
) -> None:
    trilha.set_active_model(name="v1")
    if is_made_yet:
        later_is_done()
    active = trilha.get_active_model_id()
    assert active is not None
    trilha.log_model_params({"a": 1})
    trilha.set_logged_model_tags(active, {"b": 2})
    assert trilha.get_logged_model(active).name == "v1"
    paths = {asked.path.rpartition("logged-models/")[2] for asked in server.asked}
    assert {f"m-{0:032x}", f"m-{0:032x}/params", f"m-{0:032x}/tags"} <= paths


def test_a_version_is_read_by_its_name(server: Answering, versions: Versions) -> None:
    versions.keep(name="v1")
    assert trilha.get_logged_model("v1").model_id == "m-" + "0" * 32
    with pytest.raises(NotFound):
        trilha.get_logged_model("v2")


def test_a_version_is_put_away_by_its_id_alone(server: Answering, versions: Versions) -> None:
    versions.keep(name="v1")
    with pytest.raises(NotFound):
        trilha.MlflowClient().delete_logged_model("v1")


def test_a_version_is_made_once_the_server_is_there(
    server: Answering, versions: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    versions.failures = 4
    trilha.set_active_model(name="v1")
    until_s = time.monotonic() + 20
    while not versions.names and time.monotonic() < until_s:
        time.sleep(0.05)
    later_is_done()
    assert versions.names == ["v1"]
    (said,) = caplog.messages
    assert "'v1' cannot be looked up yet" in said


def test_with_tracing_switched_off_nothing_is_made(server: Answering) -> None:
    tracing.disable()
    trilha.set_active_model(name="v1")
    later_is_done()
    assert server.asked == []


def test_a_name_and_an_id_of_another_name_are_told_apart(
    server: Answering, versions: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    versions.keep(name="v1")
    active = trilha.set_active_model(name="v2", model_id=f"m-{0:032x}")
    later_is_done()
    (said,) = caplog.messages
    assert "is called 'v1', not 'v2'" in said
    with pytest.raises(InvalidInput, match="is called 'v1'"):
        _ = active.status


def test_a_name_does_for_the_id_of_the_active_version(server: Answering, versions: Versions) -> None:
    versions.keep(name="v1")
    assert trilha.set_active_model(model_id="v1").model_id == f"m-{0:032x}"
    assert trilha.set_active_model(name="v1", model_id="v1").status.value == "READY"


def test_an_id_that_no_version_has_is_told(server: Answering, caplog: pytest.LogCaptureFixture) -> None:
    trilha.set_active_model(model_id=f"m-{7:032x}")
    later_is_done()
    (said,) = caplog.messages
    assert f"there is no version 'm-{7:032x}'" in said


def test_the_version_that_was_made_last_is_known(server: Answering) -> None:
    made = trilha.initialize_logged_model(name="v1")
    trilha.create_external_model(name="v2", get_or_create=False)
    last = trilha.last_logged_model()
    assert last is not None
    assert (last.name, last.model_id != made.model_id) == ("v2", True)


# What was there before stays.


def test_what_a_version_keeps_against_a_second_call_is_told(
    server: Answering, versions: Versions, caplog: pytest.LogCaptureFixture
) -> None:
    trilha.create_external_model(name="v1", params={"a": 1}, tags={"t": "x"}, model_type="agent")
    trilha.create_external_model(name="v1", params={"a": 1}, tags={"t": "x"}, model_type="agent")
    assert caplog.messages == []
    trilha.create_external_model(name="v1", params={"a": 2, "b": 1}, tags={"t": "x", "u": "y"}, model_type="chain")
    (said,) = caplog.messages
    assert said.endswith("keeps what it had as tag u, parameter a, parameter b, model_type")
