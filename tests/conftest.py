"""Servers, databases and clients for the tests through the public door."""
# the tests read the environment that they pass on

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests.support.clients import NEWEST
from tests.support.postgres import Postgres, PostgresUnavailable, start_postgres
from tests.support.processes import LIVE, RunningServer, TrilhaOptions, start_reference, start_trilha
from tests.support.runs import Runs

REFERENCE = os.environ.get("TRILHA_TEST_REFERENCE") == "1"
"""Run the tests of MLflow's clients against `mlflow server`, to see that they are right about the clients."""

NOT_RUN = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Explain our marks."""
    config.stash[NOT_RUN] = []
    config.addinivalue_line("markers", "trilha_only: where Trilha does better than the reference, or what only it has")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out, against the reference, what is about Trilha alone."""
    if REFERENCE:
        for item in items:
            if item.get_closest_marker("trilha_only") or "test_mlflow" not in item.nodeid:
                item.add_marker(pytest.mark.skip(reason="about Trilha alone"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the servers have said when a test fails."""
    report = yield
    if report.failed:
        for server in LIVE:
            report.sections.append((f"log of {server.url}", server.log_tail()))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # Any: pytest's class is private
    """Say loudly what did not run."""
    for line in sorted(set(config.stash[NOT_RUN])):
        terminalreporter.write_line(f"NOT RUN: {line}", red=True, bold=True)


def not_run(config: pytest.Config, reason: str) -> None:
    """Skip a test loudly; fail instead where continuous integration runs."""
    if os.environ.get("CI"):
        pytest.fail(f"must run in continuous integration: {reason}")
    config.stash[NOT_RUN].append(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def trilha_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server on SQLite that all tests share."""
    data_dir = tmp_path_factory.mktemp("server") / "data"
    server = start_trilha(data_dir, TrilhaOptions(with_grpc=True, extra=["--artifact-roots", "file:///tmp/elsewhere"]))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mlflow_door(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """The server that MLflow's clients talk to: Trilha, or the reference where that is asked for."""
    if not REFERENCE:
        yield request.getfixturevalue("trilha_server")
        return
    server = start_reference(NEWEST.make().program("mlflow"), tmp_path_factory.mktemp("reference") / "data")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """A real PostgreSQL; tests take databases of their own from it."""
    try:
        server = start_postgres()
    except PostgresUnavailable as error:
        not_run(pytestconfig, f"everything on PostgreSQL: {error}")
        raise
    yield server
    server.stop()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The address of a new, empty database."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def runs(mlflow_door: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """What client programs see of the server."""
    return Runs(mlflow_door, tmp_path_factory.mktemp("runs"))
