"""LIKE and RLIKE: patterns that text is held against, without going back over it."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Protocol, cast

import re2  # pyright: ignore[reportMissingTypeStubs]  # there are none; `_Regex` stands for what is used

MAX_REGEX_CHARS = 1000
MAX_REGEX_STEPS = 5000  # the time for each character of a text grows with the compiled program


class BadPattern(ValueError):
    """A regular expression that cannot be used; the text says why."""


class _Regex(Protocol):
    """The part of a compiled expression that is used here."""

    @property
    def programsize(self) -> int: ...

    def search(self, text: bytes) -> object | None: ...


_RegexError = cast("type[Exception]", re2.error)  # pyright: ignore[reportUnknownMemberType]  # no types


def like_to_regex(pattern: str) -> str:
    """Write a LIKE pattern as a regular expression for the whole of a text; `re` and `re2` read it alike."""
    translated = {"%": ".*", "_": "."}
    return "(?s)" + "".join(translated.get(char) or re.escape(char) for char in pattern)


@lru_cache(maxsize=128)
def like(pattern: str) -> Callable[[str], bool]:
    """Make the test whether a whole text is like a pattern: `%` is any text, `_` any character, case counts."""
    return _Like(pattern).fits


@lru_cache(maxsize=128)
def ilike(pattern: str) -> Callable[[str], bool]:
    """Make the test whether a whole text is like a pattern, whatever the case."""
    test = like(pattern.lower())
    return lambda text: test(text.lower())


@lru_cache(maxsize=128)
def rlike(pattern: str) -> Callable[[str], bool]:
    """Make the test whether a regular expression is found in a text. Raises `BadPattern`."""
    if len(pattern) > MAX_REGEX_CHARS:
        raise BadPattern(f"it is longer than {MAX_REGEX_CHARS} characters")
    try:
        regex = _compiled(pattern)
    except _RegexError as error:
        raise BadPattern(_reason(error)) from None
    if regex.programsize > MAX_REGEX_STEPS:
        raise BadPattern("it is too complex")
    return lambda text: regex.search(_utf8(text)) is not None


class _Segment:
    """Text without `%`, with or without `_`."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._pieces = tuple((piece.start(), piece.group()) for piece in re.finditer("[^_]+", text)) or ((0, ""),)
        by_length = sorted({piece: (offset, piece) for offset, piece in self._pieces}.values(), key=_piece_length)
        self._anchors = by_length[-3:]

    def at(self, text: str, start: int) -> int | None:
        """Fit it at one place; returns where it ends."""
        end = start + self._length
        if start < 0 or end > len(text):
            return None
        return end if all(text.startswith(piece, start + offset) for offset, piece in self._pieces) else None

    def after(self, text: str, start: int) -> int | None:
        """Fit it at the first place that will do; returns where it ends."""
        offset, anchor = self._anchor(text, start)
        found = text.find(anchor, start + offset)
        while found >= 0:
            end = self.at(text, found - offset)
            if end is not None:
                return end
            found = text.find(anchor, found + 1)
        return None

    def _anchor(self, text: str, start: int) -> tuple[int, str]:
        # The rarest of the longest pieces: there are as few places to try as can be.
        if len(self._anchors) == 1:
            return self._anchors[0]
        return min(self._anchors, key=lambda piece: text.count(piece[1], start))


class _Like:
    """A LIKE pattern, cut at `%`. Each part but the last is taken where it first fits; no later place does better."""

    def __init__(self, pattern: str) -> None:
        head, *others = pattern.split("%")
        self._head = _Segment(head)
        self._middle = tuple(_Segment(part) for part in others[:-1] if part)
        self._tail = _Segment(others[-1]) if others else None
        self._tail_chars = len(others[-1]) if others else 0

    def fits(self, text: str) -> bool:
        end = self._head.at(text, 0)
        if end is None or self._tail is None:
            return end == len(text)
        for segment in self._middle:
            end = segment.after(text, end)
            if end is None:
                return False
        tail_start = len(text) - self._tail_chars
        return tail_start >= end and self._tail.at(text, tail_start) is not None


def _piece_length(piece: tuple[int, str]) -> int:
    return len(piece[1])


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")  # JSON text from outside may hold half a character


def _compiled(regex: str) -> _Regex:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    return cast("_Regex", re2.compile(regex, options))  # pyright: ignore[reportUnknownMemberType]  # no types


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
