"""Tags and metadata: text to text."""

from collections.abc import Mapping
from typing import Any

from trilha import _faults, names

UNCHANGEABLE = frozenset({names.USER, names.ARTIFACT_LOCATION, names.SPANS_LOCATION, "mlflow.trace.archiveLocation"})
"""Tags that the server alone sets."""


def set_texts(texts: dict[str, str], told: Mapping[str, Any] | None, what: str) -> None:
    """Take tags or metadata over. `None` says nothing; what is no text becomes text, with a warning. Never raises."""
    if not told:
        return
    try:
        for key, value in dict(told).items():
            if value is not None:
                texts[as_text(key, what)] = as_text(value, what)
    except Exception as error:  # no mapping, or objects that have no text
        _faults.note(f"{what} of a trace could not be kept", error)


def as_text(value: Any, what: str) -> str:
    """Return text; what is none becomes it, with one warning."""
    if isinstance(value, str):
        return value
    _faults.warn_once(f"{what} of traces are text; other values become text: str(value)")
    return str(value)
