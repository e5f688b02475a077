"""Which server this process talks to, and what it still has to say to it."""

from trilha._export import process
from trilha._settings import change, checked_uri, settings
from trilha.exceptions import InvalidInput

_FLUSH_S = 30.0


def set_tracking_uri(uri: str) -> None:
    """Talk to another server from now on: `http(s)://…`, `databricks`, `databricks://profile`.

    What waits to be sent goes there too. Raises `InvalidInput`.
    """
    change(tracking_uri=usable_uri(uri), is_tracking_uri_told=True)


def usable_uri(uri: str) -> str:
    """Return an address that a server can have. Raises `InvalidInput`."""
    try:
        return checked_uri(uri)
    except ValueError as error:
        raise InvalidInput(f"a tracking URI does not do: {error}") from None


def get_tracking_uri() -> str:
    """Return where the server is."""
    return settings().tracking_uri


def is_tracking_uri_set() -> bool:
    """Tell whether the environment or a call said where the server is."""
    return settings().is_tracking_uri_told


def flush_trace_async_logging(terminate: bool = False) -> bool:
    """Wait until the server has what ended before, half a minute at most; tells whether it has.

    With `terminate`, wait no longer than an ending process does.
    """
    return process.flush(settings().exit_timeout_s if terminate else _FLUSH_S)
