"""The trace goes along into threads."""

import contextvars
import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar, cast

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def propagate(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Return a function that runs in the trace that is going on now, on whichever thread it is called."""
    around = contextvars.copy_context()

    @functools.wraps(function)
    def carried(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        # A copy for each call: a context can be entered only once at a time.
        return around.copy().run(function, *args, **kwargs)

    return carried


def instrument_threads() -> None:
    """Carry the trace into threads and thread pools from now on. Again does nothing.

    A thread that goes on for long keeps the trace that it was started in as its own.
    """
    if getattr(ThreadPoolExecutor.submit, "__trilha__", False):
        return
    submit = ThreadPoolExecutor.submit
    start = threading.Thread.start

    @functools.wraps(submit)
    def submit_carried(self: ThreadPoolExecutor, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return submit(self, contextvars.copy_context().run, fn, *args, **kwargs)

    @functools.wraps(start)
    def start_carried(self: threading.Thread) -> None:
        self.run = functools.partial(contextvars.copy_context().run, self.run)
        start(self)

    cast("Any", submit_carried).__trilha__ = True  # a mark, which functions have no declared place for
    ThreadPoolExecutor.submit = submit_carried
    threading.Thread.start = start_carried
