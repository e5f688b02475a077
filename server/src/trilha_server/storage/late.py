"""Parts of the store that are made when they are first used: their searches load SQLAlchemy (decision 0013)."""

from collections.abc import Callable
from functools import cache
from typing import Any, cast

from trilha_server.ports import (
    Clock,
    FiguresReader,
    RegisteredVersionStore,
    RegistryStore,
    RunStore,
    ScorerStore,
    VersionStore,
)
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database


class _Late:
    """Passes everything on to what is made at the first use."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:  # Any: as what is made has it
        return getattr(self._made(), name)


def late_runs(database: Database) -> RunStore:
    """Make the runs of a database."""

    def make() -> RunStore:
        from trilha_server.storage.runs import SqlRuns  # noqa: PLC0415  # loads SQLAlchemy

        return SqlRuns(database)

    return cast(RunStore, _Late(make))  # it has what it passes on to


def late_versions(database: Database) -> VersionStore:
    """Make the versions of a database."""

    def make() -> VersionStore:
        from trilha_server.storage.versions import SqlVersions  # noqa: PLC0415  # loads SQLAlchemy

        return SqlVersions(database)

    return cast(VersionStore, _Late(make))  # it has what it passes on to


def late_scorers(database: Database, clock: Clock) -> ScorerStore:
    """Make the scorers of a database."""

    def make() -> ScorerStore:
        from trilha_server.storage.scorers import SqlScorers  # noqa: PLC0415  # loads SQLAlchemy

        return SqlScorers(database, clock)

    return cast(ScorerStore, _Late(make))  # it has what it passes on to


def late_registry(database: Database, clock: Clock) -> tuple[RegistryStore, RegisteredVersionStore]:
    """Make the registered models of a database, and their versions."""

    def make() -> object:
        from trilha_server.storage.registry import SqlRegistry  # noqa: PLC0415  # loads SQLAlchemy

        return SqlRegistry(database, clock)

    registry = _Late(make)
    return cast(RegistryStore, registry), cast(RegisteredVersionStore, registry)  # it has what it passes on to


def late_figures(database: Database, codec: Codec) -> FiguresReader:
    """Make the figures of a database."""

    def make() -> FiguresReader:
        from trilha_server.storage.figures import SqlFigures  # noqa: PLC0415  # loads SQLAlchemy and NumPy

        return SqlFigures(database, codec)

    return cast(FiguresReader, _Late(make))  # it has what it passes on to
