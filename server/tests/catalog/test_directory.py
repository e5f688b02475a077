"""Experiments are found by id and by name, and made on first use."""

import msgspec
import pytest
from trilha_server.catalog.directory import MAX_NAME_CHARS, REMEMBER_MS, ExperimentDirectory, check_name
from trilha_server.domain.errors import AlreadyExists, InvalidInput, NotFound
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import ExperimentId

from server.tests.support.spans import NOW_MS, FixedClock


class ListedExperiments:
    """Experiments in memory; counts how often it is asked."""

    def __init__(self) -> None:
        self.kept: list[Experiment] = []
        self.asked = 0
        self.is_made_by_another = False

    def create_experiment(self, name: str, artifact_location: str | None, tags: dict[str, str]) -> Experiment:
        made = Experiment(
            experiment_id=ExperimentId(len(self.kept) + 1),
            name=name,
            artifact_location=artifact_location,
            stage=LifecycleStage.ACTIVE,
            create_time_ms=NOW_MS,
            update_time_ms=NOW_MS,
            tags=tags,
        )
        self.kept.append(made)
        if self.is_made_by_another:
            raise AlreadyExists("an experiment of this name exists")
        return made

    def get_experiment(self, experiment_id: ExperimentId) -> Experiment:
        self.asked += 1
        for experiment in self.kept:
            if experiment.experiment_id == experiment_id:
                return experiment
        raise NotFound("there is no such experiment")

    def experiment_by_name(self, name: str) -> Experiment | None:
        self.asked += 1
        return next((experiment for experiment in self.kept if experiment.name == name), None)

    def list_experiments(self) -> list[Experiment]:
        return self.kept

    def update_experiment(self, experiment: Experiment) -> None:
        self.kept = [experiment if kept.experiment_id == experiment.experiment_id else kept for kept in self.kept]


@pytest.fixture
def kept() -> ListedExperiments:
    return ListedExperiments()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def directory(kept: ListedExperiments, clock: FixedClock) -> ExperimentDirectory:
    return ExperimentDirectory(kept, clock)


def test_a_name_is_made_once_and_then_remembered(directory: ExperimentDirectory, kept: ListedExperiments) -> None:
    assert directory.known("a") is None
    first = directory.named("a")
    asked = kept.asked

    assert directory.named("a") == directory.known("a") == first
    assert directory.knows(str(first)) == directory.require(str(first)) == first
    assert (len(kept.kept), kept.asked) == (1, asked)


def test_who_was_quicker_wins(directory: ExperimentDirectory, kept: ListedExperiments) -> None:
    kept.is_made_by_another = True

    assert directory.named("a") == kept.kept[0].experiment_id


def test_what_another_server_renamed_is_noticed_after_a_while(
    directory: ExperimentDirectory, kept: ListedExperiments, clock: FixedClock
) -> None:
    first = directory.named("a")
    kept.update_experiment(msgspec.structs.replace(kept.kept[0], name="b"))

    assert directory.named("a") == first
    clock.time_ms += REMEMBER_MS + 1
    assert directory.known("a") is directory.knows(str(first)) is None
    assert directory.named("a") != first


def test_what_is_forgotten_is_looked_up_anew(directory: ExperimentDirectory) -> None:
    first = directory.named("a")
    directory.forget()

    assert directory.known("a") is directory.knows(str(first)) is None


def test_an_id_must_exist(directory: ExperimentDirectory) -> None:
    with pytest.raises(NotFound):
        directory.require("7")
    assert directory.knows("7") is None


@pytest.mark.parametrize("text", ["", "x", "-1", "1.0", "9" * 19, "\u0661"])
def test_an_id_is_a_whole_number(directory: ExperimentDirectory, text: str) -> None:
    assert directory.knows(text) is None
    with pytest.raises(InvalidInput):
        directory.require(text)


@pytest.mark.parametrize("name", ["", "  ", "n" * (MAX_NAME_CHARS + 1)])
def test_a_name_that_nothing_can_have_makes_nothing(
    directory: ExperimentDirectory, kept: ListedExperiments, name: str
) -> None:
    with pytest.raises(InvalidInput):
        directory.named(name)
    assert kept.kept == []
    with pytest.raises(InvalidInput):
        check_name(name)
