"""Which server this process talks to, and what it still has to say to it."""

from trilha._export import process
from trilha._settings import change, settings
from trilha.exceptions import InvalidInput

_FLUSH_S = 30.0


def set_tracking_uri(uri: str) -> None:
    """Talk to another server from now on: `http(s)://…`, `databricks`, `databricks://profile`.

    Raises `InvalidInput`.
    """
    if uri != "databricks" and not uri.startswith(("databricks://", "http://", "https://")):
        raise InvalidInput("a tracking URI is http(s)://…, databricks or databricks://profile")
    change(tracking_uri=uri)


def get_tracking_uri() -> str:
    """Return where the server is."""
    return settings().tracking_uri


def flush_trace_async_logging(terminate: bool = False) -> bool:
    """Wait until the server has what ended before, half a minute at most; tells whether it has.

    With `terminate`, wait no longer than an ending process does.
    """
    if terminate:
        process.end()
        return process.stats().spans_waiting == 0
    return process.flush(_FLUSH_S)
