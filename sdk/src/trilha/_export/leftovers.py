"""Spans that are on disk alone: those that memory had no room for, and those of processes that died."""

import logging
import os
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Final

from trilha._export.parcels import PARCEL_BYTES, EncodedSpan, Origin, Parcel
from trilha._export.spool import LOCK_NAME, SUFFIX, Spool, SpoolFile, remove_folder, try_lock
from trilha._export.spool_records import Contents, read
from trilha._export.stats import Counters
from trilha._settings import Destination

_LOOK_EVERY_S: Final = 60.0
_DAMAGED: Final = "damaged"
_log = logging.getLogger("trilha")


class DeadFolder:
    """The folder of a process that is no more. Whoever has this object holds the lock."""

    def __init__(self, folder: Path, descriptor: int) -> None:
        self.folder = folder
        self.files = deque(sorted(folder.glob("*" + SUFFIX)))
        self.descriptor = descriptor

    def close(self) -> None:
        """Leave the folder, and remove it where nothing is left in it."""
        if not any(self.folder.glob("*" + SUFFIX)):
            remove_folder(self.folder)
        os.close(self.descriptor)


class Leftovers:
    """Hands out one file after the other. For the thread that sends."""

    def __init__(self, spool: Spool, counters: Counters) -> None:
        self._spool = spool
        self._counters = counters
        self._dead: deque[DeadFolder] = deque()
        self._own: SpoolFile | None = None
        self._path: Path | None = None
        self._next_look_s = 0.0
        self._damaged = False

    def take(self) -> list[Parcel]:
        """Hand out the spans of one file; nothing where there is none."""
        self._spool.close_left()
        self._own = next((file for file in self._spool.files if file.is_left), None)
        if self._own is not None:
            parcels = self._parcels(self._own.path, "own file")
            if not parcels:
                self._counters.dropped("disk", self._own.left_spans, self._own.left_roots)
                self._counters.attachments_lost("disk", self._own.left_attachments)
                self._forget_own(self._own)
            return parcels
        if not self._dead and time.monotonic() >= self._next_look_s:
            self._next_look_s = time.monotonic() + _LOOK_EVERY_S
            self._dead.extend(find_dead(self._spool.folder, self._spool.own))
        while self._dead:
            folder = self._dead[0]
            while folder.files:
                parcels = self._parcels(folder.files[0], "dead process")
                if parcels:
                    return parcels
                folder.files.popleft()
            self._dead.popleft().close()
        return []

    def finish(self) -> None:
        """Delete the file that was handed out, or set it aside where it was damaged."""
        assert self._path is not None
        self._close_file(self._path)
        if self._own is not None:
            self._counters.spans_sent += self._own.left_spans
            self._counters.traces_sent += self._own.left_roots
            self._counters.attachments_sent += self._own.left_attachments
            self._forget_own(self._own)
        else:
            self._dead[0].files.popleft()

    def refuse(self, spans: int, roots: int, attachments: int) -> None:
        """Count some of that file as dropped, and no more as sent when it is finished."""
        if self._own is not None:
            self._own.leave(
                -min(spans, self._own.left_spans),
                -min(roots, self._own.left_roots),
                -min(attachments, self._own.left_attachments),
            )

    def postpone(self) -> None:
        """Leave the file for later; other processes may have it meanwhile."""
        self._own = None
        while self._dead:
            self._dead.popleft().close()
        self._next_look_s = time.monotonic() + _LOOK_EVERY_S

    def owes(self) -> bool:
        """Tell whether spans of this very process are on disk alone."""
        self._spool.close_left()
        return any(file.is_left for file in self._spool.files)

    def next_look_s(self) -> float:
        """Tell when the folder is looked through again."""
        return self._next_look_s

    def abandon(self) -> None:
        """Close what a fork has inherited."""
        for folder in self._dead:
            os.close(folder.descriptor)

    def _forget_own(self, file: SpoolFile) -> None:
        file.left_spans = file.left_roots = file.left_attachments = 0
        self._own = None

    def _parcels(self, path: Path, origin: Origin) -> list[Parcel]:
        """Read a file. What is in it for another server stays there."""
        try:
            contents = read(path.read_bytes())
        except OSError as error:
            _log.warning("a file of the spool cannot be read: %s", error.strerror)
            return []
        if contents.about is not None and contents.about.server != self._spool.about.server:
            return []
        damaged = contents.damaged + contents.torn
        self._path, self._damaged = path, contents.damaged > 0
        if damaged:
            self._counters.records_damaged += damaged
            _log.warning("%d records of the spool could not be read", damaged)
        if not contents.spans:
            self._close_file(path)
        return parcels_of(contents, origin)

    def _close_file(self, path: Path) -> None:
        if self._damaged:
            _set_aside(path, self._spool.folder)
        else:
            with suppress(OSError):  # where nothing can be removed any more: the server takes once what comes again
                path.unlink(missing_ok=True)


def find_dead(folder: Path, own: Path | None) -> list[DeadFolder]:
    """Take over the folders whose processes are no more. Another process may do the same: each folder has one taker."""
    found: list[DeadFolder] = []
    try:
        entries = sorted(entry for entry in folder.iterdir() if entry != own and entry.name != _DAMAGED)
    except OSError:
        return found  # it is made with the first span
    for entry in entries:
        try:
            descriptor = os.open(entry / LOCK_NAME, os.O_RDWR)
        except OSError:
            continue  # not one of ours, or just being made
        if try_lock(descriptor):
            found.append(DeadFolder(entry, descriptor))
        else:
            os.close(descriptor)
    return found


def parcels_of(contents: Contents, origin: Origin) -> list[Parcel]:
    """Put the spans of a file into parcels."""
    full: list[Parcel] = []
    open_: dict[Destination, Parcel] = {}
    for destination, payload, is_root in contents.spans:
        parcel = open_.get(destination)
        if parcel is None:
            parcel = open_[destination] = Parcel(destination, 0.0, origin)
            parcel.resource = None if contents.about is None else contents.about.resource
        parcel.add(EncodedSpan(payload, is_root))
        if parcel.size_bytes >= PARCEL_BYTES:
            full.append(open_.pop(destination))
    return [*full, *open_.values()]


def _set_aside(path: Path, folder: Path) -> None:
    """Keep a file that somebody may want to look at."""
    try:
        (folder / _DAMAGED).mkdir(exist_ok=True)
        path.rename(folder / _DAMAGED / f"{path.parent.name}-{path.name}")
    except OSError as error:
        _log.warning("a damaged file of the spool cannot be moved: %s", error.strerror)
