"""The server's log: lines for people or JSON for collectors, never what traces hold."""

import logging
import traceback
from datetime import UTC, datetime

import msgspec


def set_up_logs(log_format: str) -> None:
    """Send warnings and errors, ours and the libraries', to stderr in one form."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if log_format == "json" else _Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Lines(logging.Formatter):
    """Writes a line, and where there was an error, where it came from."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {key}={value}" for key, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname.lower()}: {record.getMessage()}{fields}"
        return line + "".join(f"\n    {frame}" for frame in _frames(record))


class _Json(logging.Formatter):
    """Writes one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        document = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_fields(record),
        }
        frames = _frames(record)
        return msgspec.json.encode({**document, **({"frames": frames} if frames else {})}).decode()


def _fields(record: logging.LogRecord) -> dict[str, str]:
    fields: dict[str, object] = getattr(record, "fields", {})
    return {key: str(value) for key, value in fields.items()}


def _frames(record: logging.LogRecord) -> list[str]:
    """Say where an error came from, but not its message: libraries put values of the application into it."""
    if record.exc_info is None or record.exc_info[2] is None:
        return []
    frames = traceback.extract_tb(record.exc_info[2])
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
