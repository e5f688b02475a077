"""What all tests of the server share."""

import gc

import pytest
from hypothesis import HealthCheck, settings
from trilha_server.storage.open import upgrade

settings.register_profile(
    "trilha",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.differing_executors],
)
settings.load_profile("trilha")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from walking through all tests again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file with all tables, as bytes: to migrate anew for every test takes long."""
    path = tmp_path_factory.mktemp("template") / "trilha.db"
    upgrade(f"sqlite:///{path}")
    return path.read_bytes()
