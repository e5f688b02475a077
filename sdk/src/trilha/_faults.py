"""Errors inside of tracing: counted, told once, and never passed on to the application."""

import logging
from collections import Counter

_log = logging.getLogger("trilha")
_counts: Counter[str] = Counter()
_warned: set[str] = set()


def note(what: str, error: BaseException | None = None) -> None:
    """Count a fault; the first of its kind is logged."""
    _counts[what] += 1
    warn_once(f"{what}: tracing goes on without it, and your code runs as if nothing had happened", error)


def warn_once(message: str, error: BaseException | None = None) -> None:
    """Log a warning unless it was logged before."""
    if message in _warned:
        return
    _warned.add(message)
    # Only the kind of the error: its text may hold what the application works on.
    _log.warning("%s%s", message, "" if error is None else f" ({type(error).__name__})")


def counts() -> dict[str, int]:
    """Return how often each fault came."""
    return dict(_counts)


def forget() -> None:
    """Count and warn from the beginning."""
    _counts.clear()
    _warned.clear()
