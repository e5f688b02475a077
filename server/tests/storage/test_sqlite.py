"""The promises of the store, kept by SQLite."""

import pytest

from server.tests.storage.suite.store import *  # noqa: F403  # every promise, none forgotten


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url
