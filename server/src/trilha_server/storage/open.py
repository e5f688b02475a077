"""Opens the store that a URL names."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from trilha_server.domain.errors import InvalidInput, StoreInUse, StoreUnavailable
from trilha_server.ports import Clock, Store
from trilha_server.storage.assessments import SqlAssessments
from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database
from trilha_server.storage.dictionaries import Dictionaries
from trilha_server.storage.experiments import SqlExperiments
from trilha_server.storage.ingestion import SqlIngestion
from trilha_server.storage.jobs import SqlJobs
from trilha_server.storage.keys import KeyTables
from trilha_server.storage.late import late_figures, late_registry, late_runs, late_scorers, late_versions
from trilha_server.storage.observed import SqlObserved
from trilha_server.storage.prices import SqlPrices
from trilha_server.storage.rollup_fill import RollupFill
from trilha_server.storage.rollups import Rollups
from trilha_server.storage.signing_keys import SqlSigningKeys
from trilha_server.storage.sqlite import SqliteDatabase
from trilha_server.storage.sqlite_tables import make_tables
from trilha_server.storage.sqlite_tables import tables_version as sqlite_version
from trilha_server.storage.subjects import SqlSubjects
from trilha_server.storage.text_index import TextIndex
from trilha_server.storage.trace_reader import SqlTraceReader
from trilha_server.storage.trace_walk import SqlTraceWalk
from trilha_server.storage.trace_writer import SqlTraceWriter

NEWEST_VERSION = "0006"
"""The last migration."""

_SQLITE = "sqlite:///"
_POSTGRES = ("postgresql:", "postgresql+psycopg:", "postgres:")


class SqlUpkeep:
    """Keeps a database well."""

    def __init__(
        self,
        database: Database,
        codec: Codec,
        dictionaries: Dictionaries,
        text_index: TextIndex,
        rollups: RollupFill,
        lock: FileLock | None,
    ) -> None:
        self._database = database
        self._codec = codec
        self._dictionaries = dictionaries
        self._text_index = text_index
        self._rollups = rollups
        self._lock = lock

    def check(self) -> list[str]:
        """Look for damage."""
        return self._database.problems()

    def maintain(self) -> bool:
        """Train a dictionary, count traces that are in no sum yet, or extend the text index."""
        return self._dictionaries.train(self._codec) or self._rollups.count_more() or self._text_index.extend()

    def close(self) -> None:
        """Close the database and let go of the folder."""
        self._database.close()
        if self._lock is not None:
            self._lock.release()


def open_store(url: str, clock: Clock) -> Store:
    """Migrate and open a store. Raises `StoreInUse` where another process owns the SQLite file."""
    lock = _own(sqlite_path(url)) if url.startswith(_SQLITE) else None
    try:
        upgrade(url)
        database: Database = SqliteDatabase(sqlite_path(url)) if lock is not None else _postgres(url)
    except BaseException:
        if lock is not None:
            lock.release()
        raise
    dictionaries = Dictionaries(database)
    codec = Codec(dictionaries.load)
    newest = dictionaries.newest()
    if newest is not None:
        codec.use_dictionary(newest)
    rollups = Rollups(database, KeyTables())
    registry, registered_versions = late_registry(database, clock)
    return Store(
        writer=SqlTraceWriter(database, codec, rollups),
        reader=SqlTraceReader(database, codec),
        figures=late_figures(database, codec),
        fields=SqlObserved(database),
        subjects=SqlSubjects(database, codec),
        assessments=SqlAssessments(database),
        experiments=SqlExperiments(database, clock),
        runs=late_runs(database),
        versions=late_versions(database),
        scorers=late_scorers(database, clock),
        registry=registry,
        registered_versions=registered_versions,
        prices=SqlPrices(database),
        jobs=SqlJobs(database, clock),
        walk=SqlTraceWalk(database),
        keys=SqlSigningKeys(database, clock),
        ingestion=SqlIngestion(database),
        upkeep=SqlUpkeep(
            database,
            codec,
            dictionaries,
            TextIndex(database, codec),
            RollupFill(database, codec, rollups),
            lock,
        ),
    )


def sqlite_path(url: str) -> Path:
    """Name the file of a SQLite URL."""
    return Path(url.removeprefix(_SQLITE))


def upgrade(url: str) -> None:
    """Bring the tables to the newest version. Raises `StoreUnavailable`."""
    version = stored_version(url)
    if version == NEWEST_VERSION:
        return
    with _opening():
        if version is None and url.startswith(_SQLITE):
            make_tables(sqlite_path(url))
        else:
            from trilha_server.storage.migrate import migrate  # noqa: PLC0415  # slow to load and seldom needed

            migrate(_with_scheme(url))


def stored_version(url: str) -> str | None:
    """Read the version of the tables; `None` where there are none. Raises `StoreUnavailable`."""
    if url.startswith(_SQLITE):
        with _opening():
            return sqlite_version(sqlite_path(url))
    if url.startswith(_POSTGRES):
        from trilha_server.storage.postgres import tables_version  # noqa: PLC0415  # loads psycopg: only where used

        with _opening():
            return tables_version(_with_scheme(url))
    raise InvalidInput("a store is sqlite:///PATH or postgresql://…")


def newest_version() -> str:
    """Name the version of the tables that this server works with."""
    return NEWEST_VERSION


@contextmanager
def _opening() -> Generator[None]:
    try:
        yield
    except Exception as error:  # of Alembic, SQLAlchemy or a driver
        raise StoreUnavailable("the store cannot be opened", cause=str(error.__cause__ or error)[:300]) from error


def _own(path: Path) -> FileLock:
    lock = FileLock(path.with_name(path.name + ".lock"))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout as error:
        raise StoreInUse(
            "another trilha server uses this data folder: stop it, or start this one with another --data-dir",
            folder=path.parent,
        ) from error
    except OSError as error:
        raise StoreUnavailable("the data folder cannot be written", folder=path.parent, cause=error.strerror) from error
    return lock


def _postgres(url: str) -> Database:
    from trilha_server.storage.postgres import PostgresDatabase  # noqa: PLC0415  # loads psycopg: only where it is used

    return PostgresDatabase(_with_scheme(url))


def _with_scheme(url: str) -> str:
    """Accept the short form of the scheme, which SQLAlchemy does not know."""
    return url.replace("postgres:", "postgresql:", 1) if url.startswith("postgres:") else url
