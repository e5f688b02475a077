"""Times in MLflow's JSON."""

import re
from datetime import UTC, datetime

from trilha_server.domain.errors import InvalidInput

_FRACTION = re.compile(r"(\.\d{6})\d+")  # Python reads microseconds, protobuf writes up to nanoseconds


def time_text(time_ms: int) -> str:
    """Write a time as RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def parse_time_ms(value: str | int) -> int:
    """Read RFC 3339, or milliseconds. Raises `InvalidInput`."""
    if isinstance(value, int):
        return value
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
    except ValueError as error:
        raise InvalidInput("a time is written like 2026-11-21T10:29:43.690Z", time=value[:80]) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole_s = int(moment.replace(microsecond=0).timestamp())
    return whole_s * 1000 + moment.microsecond // 1000
