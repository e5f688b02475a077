"""Finds experiments by id or name, quickly, and makes them on first use."""

import threading

from trilha_server.domain.errors import AlreadyExists, InvalidInput
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import ExperimentId, parse_experiment_id
from trilha_server.ports import Clock, ExperimentStore

REMEMBER_MS = 5_000
"""Another server may rename an experiment; within this time we know."""

MAX_NAME_CHARS = 500  # MLflow's limit
MAX_REMEMBERED = 10_000


class ExperimentDirectory:
    """Remembers where experiments are. Safe to share by threads."""

    def __init__(self, store: ExperimentStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._ids: dict[ExperimentId, int] = {}
        self._names: dict[str, tuple[ExperimentId, int]] = {}

    def require(self, experiment_id: str) -> ExperimentId:
        """Check that an experiment can be written to. Raises `NotFound`, and `InvalidInput` if it is deleted."""
        number = parse_experiment_id(experiment_id)
        now_ms = self._clock.now_ms()
        if self._ids.get(number, 0) < now_ms:
            _check_in_use(self._store.get_experiment(number))
            self._remember(number, None, now_ms)
        return number

    def named(self, name: str) -> ExperimentId:
        """Find an experiment by name, or make it. Raises `InvalidInput` if it is deleted."""
        now_ms = self._clock.now_ms()
        kept = self._names.get(name)
        if kept is not None and kept[1] >= now_ms:
            return kept[0]
        found = self._store.experiment_by_name(name)
        if found is None:
            found = self._create(name)
        _check_in_use(found)
        self._remember(found.experiment_id, name, now_ms)
        return found.experiment_id

    def known(self, name: str) -> ExperimentId | None:
        """Answer from memory alone; `None` where that is not enough."""
        kept = self._names.get(name)
        return kept[0] if kept is not None and kept[1] >= self._clock.now_ms() else None

    def knows(self, experiment_id: str) -> ExperimentId | None:
        """Answer from memory alone; `None` where that is not enough."""
        try:
            number = parse_experiment_id(experiment_id)
        except InvalidInput:
            return None
        return number if self._ids.get(number, 0) >= self._clock.now_ms() else None

    def forget(self) -> None:
        """Look everything up anew: something was renamed."""
        with self._lock:
            self._ids.clear()
            self._names.clear()

    def _create(self, name: str) -> Experiment:
        check_name(name)
        try:
            return self._store.create_experiment(name, None, {})
        except AlreadyExists:  # somebody was quicker
            found = self._store.experiment_by_name(name)
            if found is None:
                raise
            return found

    def _remember(self, experiment_id: ExperimentId, name: str | None, now_ms: int) -> None:
        with self._lock:
            if len(self._ids) + len(self._names) > MAX_REMEMBERED:
                self._ids.clear()
                self._names.clear()
            self._ids[experiment_id] = now_ms + REMEMBER_MS
            if name is not None:
                self._names[name] = (experiment_id, now_ms + REMEMBER_MS)


def _check_in_use(experiment: Experiment) -> None:
    if experiment.stage is LifecycleStage.DELETED:
        raise InvalidInput("the experiment is deleted: restore it, or name another", name=experiment.name[:80])


def check_name(name: str) -> str:
    """Raise `InvalidInput` for a name that no experiment can have."""
    if not name.strip():
        raise InvalidInput("an experiment's name must not be empty")
    if len(name) > MAX_NAME_CHARS:
        raise InvalidInput("an experiment's name is too long", max_chars=MAX_NAME_CHARS)
    return name
