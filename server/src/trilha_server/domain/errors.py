"""The errors of Trilha. A leaf stands for a way to react to it, not for a place where it happens.

TrilhaError
├── InvalidInput          the caller's data cannot be understood; says what to change
│   ├── InvalidFilter     a filter or an order; knows the position
│   ├── TooLarge          above a limit that the operator has set
│   └── OutOfRange        the part of a file that was asked for is not in it
├── NotFound              the named thing does not exist
├── AlreadyExists         the name is taken
├── Unauthenticated       it is not known who asks; a new token may help
├── PermissionDenied      what asks may not do this
├── Busy                  no room right now; the same request may succeed later
└── StoreError
    ├── StoreFull         the disk is full; nothing of the request was kept
    ├── StoreUnavailable  the store cannot be reached or answers with a failure
    └── StoreInUse        another server owns the folder

Texts are lower case, without a full stop and without values; values travel in `context`.
"""

from typing import Any


class TrilhaError(Exception):
    """The base of every error that Trilha raises on purpose."""

    def __init__(self, text: str, **context: Any) -> None:  # Any: context is for reading, in logs and messages
        super().__init__(text)
        self.text = text
        self.context = context

    def __str__(self) -> str:
        if not self.context:
            return self.text
        return f"{self.text} ({', '.join(f'{key}={value}' for key, value in self.context.items())})"


class InvalidInput(TrilhaError):
    """The caller's data cannot be understood."""


class InvalidFilter(InvalidInput):
    """A filter or an order cannot be understood."""

    def __init__(self, text: str, *, position: int | None = None) -> None:
        super().__init__(text)
        self.position = position
        """Offset in characters of the first wrong one; `None` where no single place is wrong."""


class TooLarge(InvalidInput):
    """The request is above a limit that the operator has set."""


class OutOfRange(InvalidInput):
    """The part of a file that was asked for is not in it."""

    def __init__(self, text: str, *, size_bytes: int = 0) -> None:
        super().__init__(text, size_bytes=size_bytes)
        self.size_bytes = size_bytes
        """Of the whole file."""


class NotFound(TrilhaError):
    """The named thing does not exist."""


class AlreadyExists(TrilhaError):
    """The name is taken."""


class Unauthenticated(TrilhaError):
    """It is not known who asks; a new token may help."""


class PermissionDenied(TrilhaError):
    """What asks may not do this."""


class Busy(TrilhaError):
    """There is no room right now; the same request may succeed later."""

    def __init__(self, text: str, *, retry_after_s: int = 1) -> None:
        super().__init__(text)
        self.retry_after_s = retry_after_s


class StoreError(TrilhaError):
    """The store failed."""


class StoreFull(StoreError):
    """The disk is full; nothing of the request was kept."""


class StoreUnavailable(StoreError):
    """The store cannot be reached or answers with a failure."""


class StoreInUse(StoreError):
    """Another server owns the folder."""
