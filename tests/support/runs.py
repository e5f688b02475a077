"""Runs of client programs, shared by all tests that ask about them."""

import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.clients import Client, ClientFailed
from tests.support.processes import RunningServer


class Runs:
    """Runs of client programs, each done once however many tests ask about it."""

    def __init__(self, server: RunningServer, workdir: Path) -> None:
        self._server = server
        self._workdir = workdir
        self._seen: dict[object, Any] = {}  # Any: JSON documents, or the error that there is none
        self._made: set[str] = set()

    def seen(self, client: Client, scenario: str, **settings: str) -> Any:  # Any: a JSON document
        """Tell what one client saw in one program, in an experiment of its own."""
        key = (client, scenario, tuple(sorted(settings.items())))
        if key not in self._seen:
            if client.group not in self._made:
                client.make()
                self._made.add(client.group)
            name = f"{scenario}-{uuid4().hex[:8]}"
            workdir = self._workdir / name
            try:
                told = {"EXPERIMENT": f"/t/{name}", **settings}
                self._seen[key] = client.run(scenario, self._server.url, workdir, told)
            except (ClientFailed, subprocess.TimeoutExpired) as error:
                self._seen[key] = error
        if isinstance(self._seen[key], Exception):
            raise self._seen[key]
        return self._seen[key]
