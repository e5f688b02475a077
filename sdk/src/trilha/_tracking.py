"""Which server this process talks to, and what it still has to say to it."""

from trilha._export import process
from trilha._settings import change, checked_uri, settings
from trilha.exceptions import InvalidInput

_FLUSH_S = 30.0


def set_tracking_uri(uri: str) -> None:
    """Talk to another server from now on: `http(s)://…`, `databricks`, `databricks://profile`.

    Raises `InvalidInput`.
    """
    try:
        change(tracking_uri=checked_uri(uri))
    except ValueError as error:
        raise InvalidInput(f"a tracking URI does not do: {error}") from None


def get_tracking_uri() -> str:
    """Return where the server is."""
    return settings().tracking_uri


def flush_trace_async_logging(terminate: bool = False) -> bool:
    """Wait until the server has what ended before, half a minute at most; tells whether it has.

    With `terminate`, wait no longer than an ending process does.
    """
    return process.flush(settings().exit_timeout_s if terminate else _FLUSH_S)
