"""Variables of the environment, as they are written. What is invalid is told, without its value."""

import logging
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import unquote

YES: Final = frozenset({"true", "1", "yes", "on"})
_NO: Final = frozenset({"false", "0", "no", "off"})
_log = logging.getLogger("trilha")

Value = TypeVar("Value")


class Said:
    """An environment in which an empty variable is as good as none."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, *names: str) -> str | None:
        """Return the first of these variables that says something."""
        found = (self._environment.get(name, "").strip() for name in names)
        return next((text for text in found if text), None)

    def names(self, *names: str) -> list[str]:
        """Return those of these names whose variables say something."""
        return [name for name in names if self.text(name) is not None]

    def checked(self, names: tuple[str, ...], read: Callable[[str], Value], default: Value) -> Value:
        """Return what the first of these variables means, or the default."""
        for name in self.names(*names)[:1]:
            try:
                return read(self.text(name) or "")
            except ValueError as error:
                # Not the value itself: an address may hold a password.
                _log.warning("%s is ignored: %s", name, error)
        return default

    def tags(self, text: str) -> dict[str, str]:
        """Read `key=value,key=$VARIABLE`. A tag whose variable is not set is left out."""
        tags: dict[str, str] = {}
        for key, value in pairs(text).items():
            tag = self.text(value[1:]) if value.startswith("$") else value
            if tag is not None:
                tags[key] = tag
        return tags


def pairs(text: str) -> dict[str, str]:
    """Read `key=value,key=value`, with `%2C` for a comma in a value. Raises `ValueError`."""
    found: dict[str, str] = {}
    for part in text.split(","):
        key, sign, value = part.partition("=")
        if not sign or not key.strip():
            if part.strip():
                raise ValueError("it must be like key=value,key=value")
            continue
        found[unquote(key.strip())] = unquote(value.strip())
    return found


def flag(text: str) -> bool:
    """Read `true` or `false`. Raises `ValueError`."""
    if text.lower() in YES:
        return True
    if text.lower() in _NO:
        return False
    raise ValueError("it must be true or false")


def number(text: str, least: float, most: float) -> float:
    """Read a number within bounds. Raises `ValueError`."""
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not least <= found <= most:
        raise ValueError(f"it must be a number from {least:g} to {most:g}")
    return found
