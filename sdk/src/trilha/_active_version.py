"""The version of the application that the traces which begin here are linked to.

A thread or task has the version that it has chosen itself, or that a block around it has. Where there is none, it has
the one that other threads have chosen, if they agree, or else the one of the environment.
"""

from contextvars import ContextVar
from threading import get_ident
from typing import NamedTuple

from trilha._settings import settings


class ChosenVersion:
    """A version as the application has named it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text
        """What traces carry: the id, or what was named until the server has told the id."""


class _Link(NamedTuple):
    """What is chosen at some moment in a thread or task."""

    version: ChosenVersion | None
    """`None` where it was taken back."""
    block: "Choice | None" = None
    """The innermost block around it."""
    outside: "_Link | None" = None
    """What was chosen when that block began."""


class Choice:
    """Links traces to a version from now on, or only within a block, once it turns out to be one."""

    def __init__(self, version: ChosenVersion) -> None:
        ever_chosen[:] = [True]
        self._version = version
        self._thread = get_ident()
        self._before_of_thread = _of_threads.get(self._thread)
        before = self._before = _linked_here.get()
        self._link = _Link(version) if before is None else before._replace(version=version)
        _linked_here.set(self._link)
        if self._link.block is None:
            # Where this turns out to be a block, other threads have seen it for some microseconds.
            _of_threads[self._thread] = version

    def enter(self) -> None:
        """Begin a block, which is of this thread or task alone."""
        if _linked_here.get() is self._link:
            _linked_here.set(self._before)
        if _of_threads.get(self._thread) is self._version:
            if self._before_of_thread is None:
                _of_threads.pop(self._thread, None)  # another thread may have cleared all
            else:
                _of_threads[self._thread] = self._before_of_thread
        _linked_here.set(_Link(self._version, self, _linked_here.get()))

    def leave(self) -> None:
        """End a block. Where it began in another context there is nothing to take back here."""
        link = _linked_here.get()
        if link is not None and link.block is self:
            _linked_here.set(link.outside)


_linked_here: "ContextVar[_Link | None]" = ContextVar("trilha_linked_here", default=None)
_of_threads: dict[int, ChosenVersion] = {}
"""What each thread has chosen last, outside of blocks."""
ever_chosen: list[bool] = []
"""Empty until something is chosen in this process: so long a trace that begins need not ask for it."""


def chosen_version() -> ChosenVersion | None:
    """Return what was chosen for here, or by the other threads."""
    link = _linked_here.get()
    if link is not None and link.version is not None:
        return link.version
    versions = list(_of_threads.values())
    return versions[0] if len({version.text for version in versions}) == 1 else None


def active_version() -> str | None:
    """Return the id, or the name, of the version that a trace is linked to which begins here."""
    chosen = chosen_version()
    return settings().active_model_id if chosen is None else chosen.text


def forget() -> None:
    """Take back what was chosen, but for other threads and tasks what they have chosen themselves."""
    link = _linked_here.get()
    if link is not None:
        _linked_here.set(link._replace(version=None))
    _of_threads.clear()
