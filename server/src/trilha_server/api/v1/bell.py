"""The bell that wakes live streams when something has changed."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Bell:
    """Wakes all who wait, from any thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._rung = asyncio.Event()
        self._listeners = 0
        self._closing = False

    @property
    def is_closing(self) -> bool:
        """Whether the server is about to stop."""
        return self._closing

    def ring(self) -> None:
        """Wake all who wait."""
        if self._listeners and self._loop is not None:
            self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Wake all who wait, for the last time."""
        self._closing = True
        self._wake()

    @contextmanager
    def listening(self) -> Generator[None]:
        """Hear rings within the block."""
        self._loop = asyncio.get_running_loop()
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1

    def next_ring(self) -> asyncio.Event:
        """Name the next ring: taken before one looks for news, none is missed between the look and the wait."""
        return self._rung

    def _wake(self) -> None:
        rung, self._rung = self._rung, asyncio.Event()
        rung.set()
