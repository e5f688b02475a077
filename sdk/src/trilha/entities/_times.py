"""Times as MLflow's JSON writes them."""

from datetime import datetime, timezone


def time_ms(text: str | int | None) -> int | None:
    """Read a time: RFC 3339, or milliseconds since 1970."""
    if text is None or isinstance(text, int):
        return text
    if text.isdecimal():
        return int(text)
    whole, dot, rest = text.partition(".")
    if not dot:
        return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
    # Python 3.10 reads no "Z", and fractions of 3 or 6 digits alone.
    digits = rest[: next((at for at, letter in enumerate(rest) if not letter.isdecimal()), len(rest))]
    zone = rest[len(digits) :].replace("Z", "+00:00") or "+00:00"
    return round(datetime.fromisoformat(whole + zone).timestamp()) * 1000 + int(f"{digits:0<3}"[:3])


def time_text(unix_ms: int) -> str:
    """Write a time: RFC 3339 with milliseconds."""
    moment = datetime.fromtimestamp(unix_ms // 1000, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{unix_ms % 1000:03}Z"


def duration_ms(text: str | None) -> int | None:
    """Read a duration such as `0.052s`."""
    return None if not text else round(float(text.removesuffix("s")) * 1000)
