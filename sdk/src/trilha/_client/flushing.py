"""What this process still holds, before the server is asked about it."""

import logging
import sys

from trilha.exceptions import InvalidInput

BEFORE_READING_S = 5.0
_log = logging.getLogger("trilha")


def send_first(*, wanted: bool) -> None:
    """Send what has ended here, so that a search finds it; does not wait for long, and not for a silent server."""
    if not wanted:
        return
    export = sys.modules.get("trilha._export.process")
    if export is not None and not export.flush(BEFORE_READING_S):
        _log.warning("not all that ended here has reached the server yet: what is found may lack the latest traces")


def at_least_one(name: str, number: int | None) -> None:
    """See whether a number of results makes sense. Raises `InvalidInput`."""
    if number is not None and number < 1:
        raise InvalidInput(f"'{name}' must be at least 1")
