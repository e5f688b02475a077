"""Programs with `trilha`, libraries that call language models, and the packages that trace those."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support.clients import Client, client_environment

AUTOLOG = Client(group="client-trilha-autolog", modules=())


def run(
    program: str, url: str, workdir: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program in an environment of its own, to its end."""
    return subprocess.run(
        [str(AUTOLOG.make().program("python")), "-c", program],
        env={**client_environment(url, workdir), **(settings or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
