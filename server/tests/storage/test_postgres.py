"""The promises of the store, kept by PostgreSQL."""

import pytest

from server.tests.storage.suite.store import *  # noqa: F403  # every promise, none forgotten

pytestmark = pytest.mark.slow


@pytest.fixture
def store_url(postgres_url: str) -> str:
    return postgres_url
