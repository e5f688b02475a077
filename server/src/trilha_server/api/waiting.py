"""Waiting in the event loop for what a thread will finish."""

import asyncio
from collections import deque
from concurrent.futures import Future
from functools import partial
from typing import Generic, TypeVar

T = TypeVar("T")


class WaitingRoom(Generic[T]):
    """Wakes the event loop once for all the requests that one commit answers, not once for each."""

    def __init__(self) -> None:
        self._finished: deque[tuple[asyncio.Future[T], Future[T]]] = deque()
        self._is_called = False

    async def result(self, future: Future[T]) -> T:
        """Wait for a future of a thread; raises what it raises."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(partial(self._finish, loop, waiter))
        return await waiter

    def _finish(self, loop: asyncio.AbstractEventLoop, waiter: asyncio.Future[T], future: Future[T]) -> None:
        self._finished.append((waiter, future))
        if not self._is_called:
            self._is_called = True
            loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._is_called = False  # first, so that whoever finishes from here on calls again
        while self._finished:
            waiter, future = self._finished.popleft()
            if waiter.done():  # the client has gone
                continue
            error = future.exception()
            if error is None:
                waiter.set_result(future.result())
            else:
                waiter.set_exception(error)
