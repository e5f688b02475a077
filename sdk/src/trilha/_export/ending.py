"""SIGTERM, by which production ends its processes, and which otherwise ends them in the middle of a batch."""

import _thread
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import FrameType
from typing import Any, Final, cast

from trilha._export import process

_TIMEOUT_S: Final = 5.0
_CAPTURED: Final = "_captured_signals"


def install() -> None:
    """See to it that SIGTERM leaves the time to send what has ended, now and in the processes that are forked."""
    see_to_sigterm()
    if see_to_sigterm not in process.before_first_send:
        process.before_first_send.append(see_to_sigterm)


def see_to_sigterm() -> None:
    """Handle SIGTERM where nobody else does; be called where uvicorn does."""
    handler = signal.getsignal(signal.SIGTERM)
    if handler is not signal.SIG_DFL:
        _send_before_uvicorn_ends(getattr(handler, "__self__", None))
    elif threading.current_thread() is threading.main_thread():  # only it may set a handler
        with suppress(ValueError):  # as in a subinterpreter
            signal.signal(signal.SIGTERM, _on_sigterm)


class SendingFirst(list[int]):
    """Signals that uvicorn has caught. It raises them again, newest first, once it has shut down."""

    def __reversed__(self) -> Iterator[int]:
        if self:
            end_in_time()
        return super().__reversed__()


def end_in_time() -> None:
    """Send what is left, on a thread: the main thread may have been interrupted with any lock in its hands."""
    done = _thread.allocate_lock()
    done.acquire()

    def end() -> None:
        try:
            process.end()
        finally:
            done.release()

    try:
        _thread.start_new_thread(end, ())
    except RuntimeError:
        return  # no thread can be had any more
    done.acquire(timeout=_TIMEOUT_S)


def _on_sigterm(number: int, frame: FrameType | None) -> None:  # noqa: ARG001  # as handlers are called
    end_in_time()
    # The process dies by the signal, as whoever sent it expects.
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _send_before_uvicorn_ends(server: Any) -> None:  # Any: uvicorn is not there for most applications
    """Be called between uvicorn's shutdown and the signal that it then dies of.

    When uvicorn imports the application it already has the signal, and it dies by it with the default handler restored:
    nothing that was registered for the end of the process would run. Workers of gunicorn that run uvicorn forget the
    handler that was set before the fork.
    """
    captured: Any = getattr(server, _CAPTURED, None)
    if type(captured) is list:
        setattr(server, _CAPTURED, SendingFirst(cast("list[int]", captured)))
