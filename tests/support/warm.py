"""Pythons that have imported what takes long, and run programs without waiting for it again."""

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FORKING = Path(__file__).with_name("forking.py")
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Keeps numpy and pyarrow from starting threads, which a fork would be without."""


class PythonEnded(Exception):
    """The process that runs the programs is no more."""


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a program ended."""

    code: int
    errors: str
    """What it wrote to its standard error."""


class WarmPython:
    """A process that has imported modules, and forks for each program."""

    def __init__(self, python: Path, modules: Sequence[str], environment: Mapping[str, str]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="trilha-warm-"))
        self._errors = self._folder / "errors"
        self._own_errors = self._folder / "own-errors"
        if sys.platform != "linux":  # elsewhere libraries may not survive a fork
            modules = []
        with self._own_errors.open("wb") as own_errors:
            self._process = subprocess.Popen(
                [str(python), "-P", str(FORKING), *modules],  # -P: the modules beside it are not in the way
                cwd=self._folder,
                env={**environment, **ONE_THREAD, "HOME": str(self._folder)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=own_errors,
                bufsize=0,
                start_new_session=True,
            )
        atexit.register(self.end)

    @property
    def is_there(self) -> bool:
        """Tell whether it can run another program."""
        return self._process.poll() is None

    def run(self, program: Path, folder: Path, environment: Mapping[str, str], timeout_s: float) -> Ended:
        """Run a program to its end. Raises `TimeoutExpired`, `PythonEnded`."""
        self._errors.write_bytes(b"")
        told = {"program": str(program), "folder": str(folder), "environment": dict(environment)}
        try:
            answer = self._ask({**told, "errors": str(self._errors)}, timeout_s)
        except BaseException:  # what it still answers must not be taken for the answer to the next
            self.end()
            raise
        return Ended(code=answer, errors=self._errors.read_text())

    def _ask(self, told: Mapping[str, object], timeout_s: float) -> int:
        asked, answers = self._process.stdin, self._process.stdout
        assert asked is not None
        assert answers is not None
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            asked.write(json.dumps(told).encode() + b"\n")
        if not select.select([answers], [], [], timeout_s)[0]:
            raise subprocess.TimeoutExpired(str(told["program"]), timeout_s, stderr=self._errors.read_text())
        answer = answers.readline()
        if not answer:
            raise PythonEnded(self._own_errors.read_text())
        return int(answer)

    def end(self) -> None:
        """End it, and what it runs, at once."""
        atexit.unregister(self.end)
        if self.is_there:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        with self._process:  # closes its pipes
            pass
        shutil.rmtree(self._folder, ignore_errors=True)
