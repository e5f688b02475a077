"""Spans on disk from the moment that they are encoded until the server has them, so that no death loses them.

Each process has a folder of its own, in which it holds a lock as long as it lives. Nothing is synced: what was written
is safe from the death of the process, not from that of the machine.
"""

import os
import secrets
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from trilha._export.attachment_place import AttachmentPlace
from trilha._export.collector import Encoded
from trilha._export.spool_records import About, begin, destination_record, span_record
from trilha._export.stats import Counters, Rarely
from trilha._settings import Destination

try:
    import fcntl
except ImportError:  # not there on Windows
    fcntl = None  # type: ignore[assignment]

LOCK_NAME: Final = "lock"
SUFFIX: Final = ".spans"
_FILE_BYTES: Final = 1024 * 1024
"""A file that has as much is followed by another one."""
_SMALL_BYTES: Final = 32 * 1024
_PAUSE_S: Final = 30.0
"""How long the disk is left alone after it failed."""
_SILENCE_S: Final = 60.0
_SETTLE_S: Final = 1.0
"""How long an ending process waits for a write that is going on."""


class SpoolFile:
    """One file, which is deleted once none of its spans is needed. Safe for threads."""

    def __init__(self, path: Path, descriptor: int, about: About) -> None:
        self.path = path
        self.about = about
        self.descriptor: int | None = descriptor
        self.size_bytes = 0
        self.destinations: dict[Destination, int] = {}
        self.left_spans = 0
        """Spans that are nowhere but here."""
        self.left_roots = 0
        self.left_attachments = 0
        self._kept = 0
        """Spans and attachments that are needed."""
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        """Append. Raises `OSError`, after which the file's end may be torn."""
        assert self.descriptor is not None
        view = memoryview(data)
        while view:
            written = os.write(self.descriptor, view)
            self.size_bytes += written
            view = view[written:]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything in it that the server does not have."""
        return self._kept > 0

    @property
    def is_left(self) -> bool:
        """Whether there is anything in it that is nowhere else."""
        return self.left_spans > 0 or self.left_attachments > 0

    def keep(self, count: int) -> None:
        """Count what was written."""
        with self._lock:
            self._kept += count

    def settle(self, count: int) -> None:
        """Count what is no longer needed; the last one takes the file with it."""
        with self._lock:
            self._kept -= count
            if not self.is_needed and self.descriptor is None:
                self._remove()

    def leave(self, spans: int, roots: int, attachments: int) -> None:
        """Count what memory has let go of."""
        with self._lock:
            self.left_spans += spans
            self.left_roots += roots
            self.left_attachments += attachments

    def close(self) -> None:
        """Write no more."""
        with self._lock:
            self.forget_descriptor()
            if not self.is_needed:
                self._remove()

    def _remove(self) -> None:
        with suppress(OSError):  # where nothing can be removed any more: the server takes once what comes again
            self.path.unlink(missing_ok=True)

    def forget_descriptor(self) -> None:
        """Close the file and nothing else: in a fork it still belongs to the parent."""
        descriptor, self.descriptor = self.descriptor, None
        if descriptor is not None:
            with suppress(OSError):  # it is closed all the same
                os.close(descriptor)


class Spool:
    """The folder of this process. Written by one thread, read back by another."""

    def __init__(self, folder: Path, about: About, counters: Counters, limit_bytes: int) -> None:
        self.folder = folder
        self.own: Path | None = None
        self.files: list[SpoolFile] = []
        """Files that were closed and may hold spans that memory has let go of."""
        self.about = about
        """What the files that are begun from now on say of themselves."""
        self._counters = counters
        self._limit_bytes = limit_bytes
        self._lock_descriptor: int | None = None
        self._file: SpoolFile | None = None
        self._files_made = 0
        self._paused_until_s = 0.0
        self._rarely = Rarely(_SILENCE_S)
        self._turning = threading.Lock()

    def write(self, spans: list[Encoded]) -> SpoolFile | None:
        """Append spans to this process's newest file."""
        if time.monotonic() < self._paused_until_s:
            return None
        with self._turning:
            try:
                file = self._writable()
                if file is not None:
                    file.write(_records(file, spans))
                    file.keep(len(spans))
                    self._counters.spans_spooled += sum(not isinstance(to, AttachmentPlace) for to, _ in spans)
            except OSError as error:
                self._rarely.warning("disk", "the spool %s cannot be written: %s", self.folder, error.strerror)
                self._turn_over()
                if self.own is not None and not _exists(self.own):
                    self._leave_own()  # somebody has deleted it: the next spans get another one
                else:
                    self._paused_until_s = time.monotonic() + _PAUSE_S
                return None
        return file

    def close_left(self) -> None:
        """Close the newest file where spans are in it alone, so that they can be read back."""
        with self._turning:
            if self._file is not None and self._file.is_left:
                self._turn_over()

    def settle_up(self) -> None:
        """Close the newest file where it holds nothing that is needed, and the folder with it, at the process's end."""
        if not self._turning.acquire(timeout=_SETTLE_S):
            return  # the disk hangs, and the process ends
        try:
            self._turn_over()
            self.files = [file for file in self.files if _exists(file.path)]
            if self.own is not None and not self.files:
                remove_folder(self.own)
                self._leave_own()  # another thread may still end a span
        finally:
            self._turning.release()

    def abandon(self) -> None:
        """Close what a fork has inherited; the parent goes on with it."""
        if self._file is not None:
            self._file.forget_descriptor()
        if self._lock_descriptor is not None:
            os.close(self._lock_descriptor)

    def _writable(self) -> SpoolFile | None:
        if self._file is not None and (_is_done(self._file) or self._file.about is not self.about):
            self._turn_over()
        if self._file is None:
            if self.own is None:
                self.own, self._lock_descriptor = make_own_folder(self.folder)
            if size_of(self.folder) + _FILE_BYTES > self._limit_bytes:
                self._rarely.warning("full", "the spool %s is full; spans wait in memory alone", self.folder)
                self._paused_until_s = time.monotonic() + 1.0
                return None
            self._files_made += 1
            path = self.own / f"{self._files_made:08d}{SUFFIX}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._file = SpoolFile(path, descriptor, self.about)
            self._file.write(begin(self.about))
        return self._file

    def _turn_over(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()
            self.files = [*(file for file in self.files if _exists(file.path)), file]

    def _leave_own(self) -> None:
        descriptor, self._lock_descriptor, self.own = self._lock_descriptor, None, None
        if descriptor is not None:
            with suppress(OSError):
                os.close(descriptor)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a disk that cannot be asked
        return True


def _is_done(file: SpoolFile) -> bool:
    """Tell whether a new file should be begun."""
    # One that is not needed goes early: what it holds would be sent again after a death.
    return file.size_bytes >= _FILE_BYTES or file.is_left or (not file.is_needed and file.size_bytes >= _SMALL_BYTES)


def is_possible() -> bool:
    """Tell whether this system can tell living processes from dead ones."""
    return fcntl is not None


def try_lock(descriptor: int) -> bool:
    """Take the lock of a folder, unless a living process has it."""
    assert fcntl is not None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def make_own_folder(folder: Path) -> tuple[Path, int]:
    """Make a folder that nobody else has, and lock it. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        own = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        own.mkdir(mode=0o700)
        descriptor = os.open(own / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        # Between making and locking, another process may have taken the folder for that of a dead one.
        if try_lock(descriptor) and (own / LOCK_NAME).exists():
            return own, descriptor
        os.close(descriptor)


def remove_folder(own: Path) -> None:
    """Remove the folder of a process that needs it no longer; whoever removes it holds its lock."""
    try:
        (own / LOCK_NAME).unlink(missing_ok=True)
        own.rmdir()
    except OSError:
        pass  # somebody put a file of their own there


def size_of(folder: Path) -> int:
    """Add up the sizes of all files of all processes."""
    total = 0
    for own in folder.iterdir():
        try:
            total += sum(entry.stat().st_size for entry in os.scandir(own))
        except OSError:
            continue  # it has gone meanwhile
    return total


def _records(file: SpoolFile, spans: list[Encoded]) -> bytes:
    records: list[bytes] = []
    for destination, span in spans:
        number = file.destinations.get(destination)
        if number is None:
            number = file.destinations[destination] = len(file.destinations)
            records.append(destination_record(number, destination))
        records.append(span_record(number, span.payload, span.is_root))
    return b"".join(records)
