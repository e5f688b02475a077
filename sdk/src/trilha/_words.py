"""Tags and metadata: text to text."""

from collections.abc import Mapping
from typing import Any

from trilha import _faults, names

TAGS = "tags"
UNCHANGEABLE = frozenset({names.USER, names.ARTIFACT_LOCATION, names.SPANS_LOCATION, "mlflow.trace.archiveLocation"})
"""Tags that the server alone sets."""


def set_texts(texts: dict[str, str], told: Mapping[str, Any] | None, what: str) -> None:
    """Take tags or metadata over. `None` says nothing; what is no text becomes text, with a warning. Never raises."""
    if not told:
        return
    try:
        for key, value in dict(told).items():
            if value is not None and not (what == TAGS and is_unchangeable(key)):
                texts[as_text(key, what)] = as_text(value, what)
    except Exception as error:  # no mapping, or objects that have no text
        _faults.note(f"{what} of a trace could not be kept", error)


def as_text(value: Any, what: str) -> str:
    """Return text; what is none becomes it, with one warning."""
    if isinstance(value, str):
        return value
    _faults.warn_once(f"{what} of traces are text; other values become text: str(value)")
    try:
        return str(value)
    except Exception as error:  # the application's objects
        _faults.note(f"{what} of a trace have no text", error)
        return f"<{type(value).__qualname__}>"


def is_unchangeable(key: object) -> bool:
    """Tell, with a warning, whether a tag is the server's to set."""
    if key in UNCHANGEABLE:
        _faults.warn_once(f"the tag {key} is the server's to set; what the application says of it is ignored")
        return True
    return False
