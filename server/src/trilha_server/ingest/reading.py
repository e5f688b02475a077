"""Reads OTLP requests: here, or in a second process while this one has others to write."""

import asyncio
import contextlib
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import msgspec

from trilha_server.ingest.reading_process import FRAME, NOT_READ, Form, read
from trilha_server.normalise.otlp import OtlpSpans

SMALL_BYTES: Final = 256 * 1024
"""A larger body is read on a worker thread where it is read here, so that others need not wait for it."""

WORTH_BYTES: Final = 8 * 1024
"""A smaller body is read in the time that handing it over takes."""

MOST_WAITING_BYTES: Final = 4 << 20
"""While so much waits for the second process it gets nothing more."""

IDLE_S: Final = 60.0
"""After so long without an answer the second process ends, and its memory is free."""

START_AGAIN_S: Final = 10.0

_log = logging.getLogger(__name__)
_decode = msgspec.msgpack.Decoder(OtlpSpans).decode


class Reading:
    """Takes requests apart by trace. To be used from one event loop."""

    def __init__(self, is_busy: Callable[[], bool], *, processors: int | None = None) -> None:
        self._is_busy = is_busy
        self._second = _SecondReader() if (processors or os.cpu_count() or 1) > 1 else None

    @property
    def has_second(self) -> bool:
        """Whether a second process is there to read."""
        return self._second is not None and self._second.is_there

    async def read(self, body: bytes, form: Form) -> OtlpSpans:
        """Read a request. Raises `InvalidInput` where OTLP cannot."""
        if self._second is not None and len(body) >= WORTH_BYTES and self._is_busy():
            spans = await self._second.read(body, form)
            if spans is not None:
                return spans
        return read(body, form) if len(body) <= SMALL_BYTES else await asyncio.to_thread(read, body, form)

    async def close(self) -> None:
        """End the second process."""
        if self._second is not None:
            await self._second.close()


class _SecondReader:
    """A process that is started when it is asked first, and again where it has ended. It answers in order."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._running: asyncio.Task[None] | None = None
        self._is_closed = False
        self._started_s = -START_AGAIN_S
        self._waiting: deque[tuple[asyncio.Future[bytes], int]] = deque()
        self._waiting_bytes = 0

    @property
    def is_there(self) -> bool:
        """Whether the process has started, and not ended."""
        return self._process is not None

    async def read(self, body: bytes, form: Form) -> OtlpSpans | None:
        """Read a request; `None` where that has to be done elsewhere, also to say what is wrong with it."""
        process = self._process
        if process is None:
            self._start()
            return None
        assert process.stdin is not None
        if self._waiting_bytes >= MOST_WAITING_BYTES or process.stdin.is_closing():
            return None
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting.append((answer, len(body)))
        self._waiting_bytes += len(body)
        process.stdin.write(FRAME.pack(len(body), form))
        process.stdin.write(body)
        frame = await answer
        return None if frame == NOT_READ else _decode(frame)

    async def close(self) -> None:
        """End the process. What waits is read elsewhere."""
        self._is_closed = True
        if self._process is not None:
            _kill(self._process)
        if self._running is not None:
            await self._running

    def _start(self) -> None:
        is_running = self._running is not None and not self._running.done()
        if not (is_running or self._is_closed) and time.monotonic() - self._started_s >= START_AGAIN_S:
            self._started_s = time.monotonic()
            self._running = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            # -P: what lies in the working directory is not imported.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "trilha_server.ingest.reading_process"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=MOST_WAITING_BYTES,
            )
        except OSError as error:
            _log.warning("requests are read in one process", extra={"fields": {"cause": error.strerror}})
            return
        try:
            assert process.stdout is not None
            await self._listen(process, process.stdout)
        finally:
            self._process = None
            while self._waiting:
                self._answer(NOT_READ)
            await _end(process)

    async def _listen(self, process: asyncio.subprocess.Process, answers: asyncio.StreamReader) -> None:
        try:
            while not self._is_closed:
                async with asyncio.timeout(IDLE_S):
                    size_bytes, _ = FRAME.unpack(await answers.readexactly(FRAME.size))
                    frame = await answers.readexactly(size_bytes)
                if self._process is None:  # its first words: it has started
                    self._process = process
                else:
                    self._answer(frame)
        except TimeoutError:
            pass
        except (asyncio.IncompleteReadError, ConnectionError):
            if not self._is_closed:
                _log.warning("the process that reads requests has ended; another is started when there is need")

    def _answer(self, frame: bytes) -> None:
        answer, size_bytes = self._waiting.popleft()
        self._waiting_bytes -= size_bytes
        if not answer.done():  # its sender may have gone
            answer.set_result(frame)


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    _kill(process)
    await process.wait()


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
