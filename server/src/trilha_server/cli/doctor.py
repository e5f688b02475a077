"""`trilha doctor`: does everything work here, and if not, what to do."""

import asyncio
import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.markup import escape

from trilha_server.app import build, open_artifacts
from trilha_server.cli.artifact_trip import trip_in_store, trip_through_server
from trilha_server.cli.database import find_problems, read_version
from trilha_server.cli.reach import TIMEOUT, NoServer, connected
from trilha_server.cli.round_trip import round_trip
from trilha_server.domain.errors import StoreInUse, TrilhaError
from trilha_server.settings import Settings
from trilha_server.storage.open import newest_version, sqlite_path

OLDEST_PYTHON = (3, 11)
LEAST_FREE_MB = 512
_PACKAGES = (
    "trilha",
    "fastapi",
    "uvicorn",
    "grpcio",
    "sqlalchemy",
    "psycopg",
    "opentelemetry-proto",
    "zstandard",
    "obstore",
)


class Finding(msgspec.Struct, frozen=True):
    """What one check came to."""

    name: str
    is_ok: bool
    text: str
    """What was found; of a failure, also what to do."""


class Failed(Exception):
    """A check failed; the text says what to do."""


def examine(settings: Settings, url: str) -> int:
    """Run all checks and print a line for each; returns 1 if one failed."""
    console = Console()
    is_well = True
    for finding in findings(settings, url):
        is_well = is_well and finding.is_ok
        mark = "[green]ok    [/green]" if finding.is_ok else "[bold red]failed[/bold red]"
        console.print(f"{mark}  [bold]{finding.name}[/bold]: {escape(finding.text)}", highlight=False, soft_wrap=True)
    return 0 if is_well else 1


def findings(settings: Settings, url: str) -> Iterator[Finding]:
    """Run the checks, one after another."""
    yield _finding("Python", _python)
    yield _finding("Packages", _packages)
    store_url = settings.resolved_store_url
    if store_url.startswith("sqlite:"):
        folder = sqlite_path(store_url).parent
        yield _finding("Data folder", lambda: _folder(folder))
    answers = _answers(url)
    store = _finding("Store", lambda: _store(store_url, url, answers=answers))
    yield store
    yield _finding("Artifacts", lambda: _artifacts_of_server(url) if answers else _artifacts(settings))
    if answers:
        yield _finding("Round trip", lambda: _through_server(url))
    elif store.is_ok:
        yield _finding("Round trip", lambda: _in_process(settings))
    else:
        yield Finding("Round trip", is_ok=False, text="not tried; mend the store first")


def _finding(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, is_ok=True, text=check())
    except Failed as failed:
        return Finding(name, is_ok=False, text=str(failed))
    except (TrilhaError, OSError) as error:
        return Finding(name, is_ok=False, text=str(error))


def _python() -> str:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise Failed(f"{found}; install Python {'.'.join(map(str, OLDEST_PYTHON))} or newer")
    return f"{found}, SQLite {sqlite3.sqlite_version}"


def _packages() -> str:
    try:
        versions = [f"{name} {installed_version(name)}" for name in ("trilha-server", *_PACKAGES)]
    except PackageNotFoundError as error:
        raise Failed(f"{error.name} is missing; install trilha-server anew") from error
    return ", ".join(versions)


def _folder(folder: Path) -> str:
    """Write, sync and remove a file: a folder may be readable only, or its disk full."""
    while not folder.exists():  # where the server would make it
        folder = folder.parent
    try:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".trilha-doctor-") as file:
            file.write(os.urandom(4096))
            file.flush()
            os.fsync(file.fileno())
        free_mb = shutil.disk_usage(folder).free >> 20
    except OSError as error:
        text = f"cannot write to {folder} ({error.strerror}); give this user the right to, or name another --data-dir"
        raise Failed(text) from error
    if free_mb < LEAST_FREE_MB:
        raise Failed(f"only {free_mb:,} MiB are free in {folder}; make room or name another --data-dir")
    return f"{folder} can be written and synced, {free_mb:,} MiB free"


def _answers(url: str) -> bool:
    try:
        with connected(url):
            return True
    except NoServer:
        return False


def _store(store_url: str, url: str, *, answers: bool) -> str:
    version = read_version(store_url)
    if version is None:
        return "no tables yet; the server makes them when it starts"
    try:
        problems = find_problems(store_url)
    except StoreInUse as error:
        if not answers:
            raise Failed(f"a running server uses it, but none answers at {url}; name its --url") from error
        return (
            f"a running server uses it, so it is checked through {url} only; 'trilha db check' looks at a stopped one"
        )
    if problems:
        raise Failed("; ".join(problems))
    return f"version {newest_version()} of the tables, no damage"


def _artifacts_of_server(url: str) -> str:
    async def run() -> float:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as client:
            return await _seconds(trip_through_server(client, secrets.token_bytes(16)))

    return f"one was kept, read and deleted in {1000 * asyncio.run(run()):.0f} ms by the server at {url}"


def _artifacts(settings: Settings) -> str:
    store = open_artifacts(settings, lambda _: None)
    took_s = asyncio.run(_seconds(trip_in_store(store, secrets.token_bytes(16))))
    return f"one was kept, read and deleted in {1000 * took_s:.0f} ms in {settings.resolved_artifacts_url}"


async def _seconds(trip: Coroutine[None, None, None]) -> float:
    started_s = time.perf_counter()
    await trip
    return time.perf_counter() - started_s


def _through_server(url: str) -> str:
    async def run() -> str:
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as client:
            return await _timed(client, f"the server at {url}")

    return asyncio.run(run())


def _in_process(settings: Settings) -> str:
    async def run() -> str:
        app = build(msgspec.structs.replace(settings, grpc_port="off")).http
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://doctor", timeout=TIMEOUT) as client,
        ):
            return await _timed(client, "a server of its own, as none answers")

    return asyncio.run(run())


async def _timed(client: httpx.AsyncClient, through: str) -> str:
    took_s = await _seconds(round_trip(client, secrets.token_bytes(16)))
    return f"a trace was sent, found, read and deleted in {1000 * took_s:.0f} ms by {through}"
