"""The traces that end while a cell runs, shown below it."""

import os
import sys
import time
from collections.abc import Sequence
from threading import Condition
from typing import Any, Final

from trilha import _faults, _finish
from trilha._export import process
from trilha._forks import around_forks
from trilha._notebook.page import page
from trilha._notebook.sketch import MOST_STEPS, Sketch, Step, sketch_of, sketch_of_live, step_of_live
from trilha._server import server_of
from trilha._settings import settings
from trilha._span import Span, newest_trace
from trilha.entities._traces import Trace

_MOST: Final = "MLFLOW_MAX_TRACES_TO_DISPLAY_IN_NOTEBOOK"
_USUAL_MOST: Final = 10
_MOST_OPEN: Final = 50
"""Traces whose first span has not ended."""
_WAIT_S: Final = 1.0
"""For our own thread to take over what ended in the cell, and for nothing else."""


class _Growing:
    """A trace whose steps come one by one, the first step last."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.count = 0

    def add(self, span: Span) -> None:
        self.count += 1
        if len(self.steps) < MOST_STEPS or span.is_local_root:
            self.steps.append(step_of_live(span))


class Cells:
    """What is to be shown below the cell that runs. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changed = Condition()
        self._growing: dict[str, _Growing] = {}
        self._ended: dict[str, Sketch] = {}
        self._are_more = False
        self._full_until_ns = 0
        self._newest = newest_trace[0]

    def see(self, span: Span) -> None:
        """Take note of a span as it leaves the process. Never raises."""
        try:
            with self._changed:
                self._see(span)
        except Exception as error:  # what a span holds is the application's
            _faults.note("a trace could not be shown in the notebook", error)

    def add(self, trace: Trace) -> None:
        """Show a trace that was read, too."""
        sketch = sketch_of(trace)
        with self._changed:
            if len(self._ended) < self._most:
                self._ended[trace.trace_id] = sketch
            else:
                self._are_more = True

    def leave_out(self, traces: Sequence[Trace]) -> None:
        """Do not show traces that the cell shows as its result."""
        with self._changed:
            for trace in traces:
                self._ended.pop(trace.trace_id, None)

    def catch_up(self) -> None:
        """Wait until what has ended so far is noted, or for a moment."""
        newest = newest_trace[0]
        if newest is None or newest is self._newest:
            return
        self._newest = newest
        process.flush(0)  # waits for nothing: it hurries the thread that looks spans through
        with self._changed:
            self._changed.wait_for(lambda: newest.trace_id in self._ended or len(self._ended) >= self._most, _WAIT_S)

    def take(self) -> tuple[list[Sketch], bool]:
        """Return what is to be shown, and whether there are more traces; from then on it is shown."""
        with self._changed:
            shown, are_more = list(self._ended.values()), self._are_more
            if len(shown) == self._most:  # what else has ended, and is not noted yet, was this cell's
                self._full_until_ns = time.time_ns()
                are_more = are_more or (self._newest is not None and self._newest.trace_id not in self._ended)
            self._ended, self._are_more = {}, False
        return shown, are_more

    def _see(self, span: Span) -> None:
        trace_id = span.trace_id
        is_late = span.is_local_root and (span.end_ns or 0) <= self._full_until_ns
        if is_late or len(self._ended) >= self._most:
            self._growing.pop(trace_id, None)
            self._are_more = self._are_more or (span.is_local_root and not is_late)
            return
        growing = self._growing.setdefault(trace_id, _Growing())
        growing.add(span)
        if span.is_local_root:
            del self._growing[trace_id]
            self._ended[trace_id] = sketch_of_live(span, growing.steps, growing.count)
            self._changed.notify_all()
        elif len(self._growing) > _MOST_OPEN:
            del self._growing[next(iter(self._growing))]


def install() -> None:
    """Show what ends from now on, where this is a notebook."""
    shell = _shell()
    if shell is not None and _is_wanted[0] and not _installed:
        cells = Cells(most_traces())
        _installed.append(cells)
        _finish.watchers.append(cells.see)
        shell.events.register("post_run_cell", _after_cell)


def enable() -> None:
    """Show traces in notebooks."""
    _is_wanted[0] = True
    install()


def disable() -> None:
    """Show no traces, whether they end here or are read."""
    _is_wanted[0] = False
    if _installed:
        _forget()
        _shell().events.unregister("post_run_cell", _after_cell)


def show(trace: Trace) -> None:
    """Show a trace that was read below the cell."""
    for cells in _installed:
        cells.add(trace)


def html_of(traces: Sequence[Trace]) -> str | None:
    """Write traces for the cell whose result they are; `None` where that is not wanted."""
    if not _is_wanted[0]:
        return None
    for cells in _installed:
        cells.catch_up()
        cells.leave_out(traces)
    most = most_traces()
    shown = [sketch_of(trace) for trace in traces[:most]]
    return page(shown, _address(), _rest(most) if len(traces) > most else "")


def most_traces() -> int:
    """Return how many traces are shown at once."""
    text = os.environ.get(_MOST, "")  # noqa: TID251  # of notebooks alone
    return int(text) if text.isdecimal() else _USUAL_MOST


def _forget() -> None:
    """Take no more notes: in a fork there are no cells, and whoever holds the lock is not there to let go of it."""
    while _installed:
        _finish.watchers.remove(_installed.pop().see)


def _after_cell(*_: object) -> None:
    try:
        for cells in _installed:
            cells.catch_up()
            shown, are_more = cells.take()
            if shown:
                told = ", ".join(sketch.trace_id for sketch in shown)
                html = page(shown, _address(), _rest(len(shown)) if are_more else "")
                _shell().display_pub.publish({"text/plain": f"traces: {told}", "text/html": html})
    except Exception as error:  # the edge: it is not the cell's
        _faults.note("traces could not be shown in the notebook", error)


def _rest(most: int) -> str:
    return f"These are {most} of them: {_MOST} says how many are shown at once."


def _address() -> str | None:
    try:
        return server_of(settings()).base_url
    except Exception as error:  # whatever an address, or a file that names one, can be
        _faults.note("where traces can be looked at is not known", error)
        return None


def _shell() -> Any:  # Any: IPython is not imported here
    """Return what runs the cells of this notebook; `None` outside of notebooks."""
    module = sys.modules.get("IPython")
    shell = None if module is None else module.get_ipython()
    return shell if hasattr(shell, "kernel") else None


_installed: list[Cells] = []
"""Empty, or one."""
_is_wanted = [True]
around_forks(in_child=_forget)
