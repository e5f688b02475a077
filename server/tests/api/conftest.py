"""Servers in process, asked through their real ASGI application."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from trilha_server.app import build
from trilha_server.settings import Settings

from server.tests.support.client import Client
from server.tests.support.databricks import plant_keys

Door = Callable[..., Client]


@pytest.fixture(scope="session")
def a_server(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """Starts servers, each with a store of its own; all end with the tests."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Client:  # Any: settings of every type
            data_dir: Path = tmp_path_factory.mktemp("server")
            (data_dir / "trilha.db").write_bytes(sqlite_template)
            server = build(Settings(data_dir=data_dir, grpc_port="off", **settings))
            return stack.enter_context(Client(server))

        yield start


@pytest.fixture(scope="session")
def keyed_client(sqlite_template: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server whose keys the tests know, so that they can sign what is old or odd."""
    data_dir: Path = tmp_path_factory.mktemp("keyed")
    (data_dir / "trilha.db").write_bytes(sqlite_template)
    plant_keys(data_dir)
    with Client(build(Settings(data_dir=data_dir, grpc_port="off"))) as client:
        yield client


@pytest.fixture(scope="session")
def client(a_server: Door) -> Client:
    """A server that all tests share: each uses traces and experiments of its own."""
    return a_server()
