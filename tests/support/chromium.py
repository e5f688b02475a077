"""A real Chromium for tests, the system's own."""

import os
import shutil
import subprocess
from pathlib import Path

from filelock import FileLock

from tests.support.processes import REPOSITORY

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
INSTALL_TIMEOUT_S = 900.0
PACKAGES = ("chromium", "fonts-inter", "fonts-liberation", "fonts-noto-cjk")
"""With fonts for what the demo says in four languages; which of them are used stands in tests/browser/fonts.conf."""


class ChromiumUnavailable(Exception):
    """There is none, and none can be had."""


def find_chromium() -> Path:
    """Find the program; root on Debian installs it first where it is missing. Raises `ChromiumUnavailable`."""
    with FileLock(_locks() / "chromium", timeout=INSTALL_TIMEOUT_S):  # several test processes may come at once
        found = _on_path()
        if found is None:
            _install()
            found = _on_path()
    if found is None:
        raise ChromiumUnavailable("the package was installed, but there is no program 'chromium'")
    return found


def _on_path() -> Path | None:
    return next((Path(found) for name in PROGRAMS if (found := shutil.which(name))), None)


def _install() -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ChromiumUnavailable("no Chromium is installed; on Debian: apt-get install " + " ".join(PACKAGES))
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        ended = subprocess.run(
            ["apt-get", "--quiet", *command],
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
        if ended.returncode != 0:
            raise ChromiumUnavailable(f"apt-get {command[0]} failed: {ended.stderr.strip()[-500:]}")


def _locks() -> Path:
    folder = REPOSITORY / ".venv-locks"
    folder.mkdir(exist_ok=True)
    return folder
