"""Times in MLflow's JSON."""

import re
from datetime import UTC, datetime

from trilha_server.domain.errors import InvalidInput

MAX_MS = 253_402_300_799_999
"""The last millisecond of the year 9999."""

_MIN_MS = -62_135_596_800_000
_FRACTION = re.compile(r"(\.\d{6})\d+")  # Python reads microseconds, protobuf writes up to nanoseconds


def time_text(time_ms: int) -> str:
    """Write a time as RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(time_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def parse_time_ms(value: str | int) -> int:
    """Read RFC 3339, or milliseconds. Raises `InvalidInput`."""
    if isinstance(value, int):
        return _within_years(value)
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", value))
    except ValueError as error:
        raise InvalidInput("a time is written like 2026-11-21T10:29:43.690Z", time=value[:80]) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    whole_s = int(moment.replace(microsecond=0).timestamp())
    return _within_years(whole_s * 1000 + moment.microsecond // 1000)


def _within_years(time_ms: int) -> int:
    if not _MIN_MS <= time_ms <= MAX_MS:  # such a time could be kept, but nobody could read the trace again
        raise InvalidInput("a time lies in the years 1 to 9999", time_ms=str(time_ms)[:80])
    return time_ms
