"""Migrations make the tables that the server works with, and keep what is in them."""

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, insert, inspect, select
from trilha_server.domain.figures import Dimension, FiguresQuery
from trilha_server.domain.ids import ExperimentId
from trilha_server.ports import Store
from trilha_server.storage import migrate
from trilha_server.storage.open import newest_version, open_store, stored_version
from trilha_server.storage.schema import metadata

from server.tests.storage.conftest import Opener
from server.tests.storage.suite.figures import same
from server.tests.storage.suite.summing import Kept, Recount
from server.tests.storage.suite.upkeep import maintain
from server.tests.support.figures import FiguresInMemory
from server.tests.support.spans import FixedClock, a_span, arrived, declared, trace_id
from server.tests.support.traffic import EXPERIMENTS, Traffic
from tests.support.postgres import Postgres

FIRST = "0001"
WITHOUT_SUMS = "0005"


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


def config(connection: Connection | None = None) -> Config:
    found = Config()
    found.set_main_option("script_location", str(Path(migrate.__file__).with_name("migrations")))
    found.attributes["connection"] = connection
    return found


def upgraded_to(revision: str, url: str) -> Engine:
    engine = create_engine(url)
    with engine.connect() as connection:
        command.upgrade(config(connection), revision)
        connection.commit()
    return engine


def differences(engine: Engine) -> list[object]:
    """What the tables of a database have otherwise than the schema says, but for comments."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        found = compare_metadata(context, metadata)
    engine.dispose()
    return [each for each in found if "comment" not in str(each[0]) and "alembic_version" not in repr(each)]


def test_migrations_follow_each_other_to_the_one_that_the_server_wants() -> None:
    scripts = ScriptDirectory.from_config(config())

    numbers = [script.revision for script in scripts.walk_revisions()][::-1]

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert newest_version() == numbers[-1]


def test_the_tables_are_those_of_the_schema(tmp_path: Path) -> None:
    engine = upgraded_to("head", f"sqlite:///{tmp_path}/new.db")

    assert differences(engine) == []


@pytest.mark.slow
def test_the_tables_are_those_of_the_schema_on_postgresql(postgres: Postgres) -> None:
    engine = upgraded_to("head", postgres.new_database().replace("postgresql:", "postgresql+psycopg:"))

    assert differences(engine) == []


def test_a_store_of_the_first_version_opens_and_answers_as_it_did(
    store: Store, opener: Opener, clock: FixedClock, tmp_path: Path
) -> None:
    made = store.experiments.create_experiment("kept", None, {"a": "1"})
    store.writer.write([declared(1, experiment=made.experiment_id), arrived(a_span(), experiment=made.experiment_id)])
    before = store.reader.get([trace_id(1)])
    opener.close()
    url = f"sqlite:///{tmp_path}/first.db"
    _copy(create_engine(opener.url), upgraded_to(FIRST, url))
    assert stored_version(url) == FIRST

    later = open_store(url, clock)

    assert stored_version(url) == newest_version()
    assert later.experiments.get_experiment(made.experiment_id) == made
    assert later.reader.get([trace_id(1)]) == before
    assert [span.facts.name for span in later.reader.spans(trace_id(1))] == ["step"]
    assert later.experiments.create_experiment("next", None, {}).experiment_id == ExperimentId(made.experiment_id + 1)
    later.upkeep.close()


@pytest.mark.slow
def test_traces_of_a_store_without_sums_are_counted_by_upkeep(
    opener: Opener, clock: FixedClock, tmp_path: Path
) -> None:
    Traffic(3, models=()).happen(opener.open(), 25)
    opener.close()
    url = f"sqlite:///{tmp_path}/older.db"
    _copy(create_engine(opener.url), upgraded_to(WITHOUT_SUMS, url))
    store = open_store(url, clock)
    query = FiguresQuery(experiment_ids=tuple(map(ExperimentId, range(EXPERIMENTS))), group_by=(Dimension.VERSION,))
    wanted = FiguresInMemory(store).trace_figures(query)

    from_traces = store.figures.trace_figures(query)
    assert maintain(store) == 1
    from_sums = store.figures.trace_figures(query)

    same(from_traces, wanted)
    same(from_sums, wanted)
    assert (from_traces.percentile_error, from_sums.percentile_error) == (0, 0.01)
    recount = Recount(store, set())
    assert (Kept(url).traces, Kept(url).subjects) == (recount.traces, recount.subjects)
    store.upkeep.close()


def _copy(source: Engine, target: Engine) -> None:
    """Copy what the tables of an older store can hold."""
    with source.connect() as reading, target.begin() as writing:
        older = inspect(writing)
        for table in metadata.sorted_tables:
            if not older.has_table(table.name):
                continue
            columns = [table.c[column["name"]] for column in older.get_columns(table.name)]
            rows = reading.execute(select(*columns)).mappings().all()
            writing.execute(table.delete())
            if table.name == "sequence":
                rows = [row for row in rows if row["name"] in ("change", "experiment")]
            if rows:
                writing.execute(insert(table), [dict(row) for row in rows])
    source.dispose()
    target.dispose()
