"""Keeps artifacts in a folder of this machine."""

import asyncio
import os
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath, ByteRange
from trilha_server.domain.errors import InvalidInput, NotFound, OutOfRange, StoreFull, StoreUnavailable
from trilha_server.ports import ArtifactContent
from trilha_server.storage.artifacts.failures import told_as_ours
from trilha_server.storage.artifacts.upload import (
    Upload,
    make_folder,
    move_aside,
    remove_leftovers,
)

PIECE_BYTES = 1 << 20
RESERVED_BYTES = 512 << 20
"""Uploads leave so much of the disk free: traces are often on the same."""

_LOOK_AT_DISK_BYTES = 64 << 20

T = TypeVar("T")


class FolderArtifacts:
    """Artifacts as files: `<root>/<experiment id>/<path>`."""

    def __init__(self, root: Path, *, reserved_bytes: int = RESERVED_BYTES) -> None:
        self._root = root
        self._reserved_bytes = reserved_bytes
        self._lock = threading.Lock()
        self._is_clean = False

    def prepare(self) -> None:
        """Make the folder, try that it can be written, and remove leftovers. Raises `StoreUnavailable`."""
        try:
            make_folder(self._root)
            self._clean_once()
            Upload(self._root).abandon()
        except OSError as error:
            raise StoreUnavailable(
                "the folder of the artifacts cannot be used: name another with --artifacts-url, or mend this one",
                folder=self._root,
                cause=error.strerror,
            ) from error

    def clean(self) -> None:
        """Remove leftovers, if there is the folder at all. Raises `StoreUnavailable`."""
        with told_as_ours():
            self._clean_once()

    async def write(self, path: ArtifactPath, content: AsyncIterator[bytes], *, size_bytes: int | None = None) -> int:
        """Keep a file."""
        if not path.parts:
            raise InvalidInput("an artifact needs a name below its experiment's id")
        upload = await _uninterrupted(lambda: self._begin(size_bytes or 0))
        written_bytes = looked_at_bytes = 0
        try:
            async for pieces in _gathered(content):
                await _uninterrupted(lambda pieces=pieces: upload.write(pieces))
                written_bytes += sum(map(len, pieces))
                if written_bytes - looked_at_bytes >= _LOOK_AT_DISK_BYTES:
                    looked_at_bytes = written_bytes
                    await _uninterrupted(self._check_room)
            await _uninterrupted(lambda: upload.finish(self._file(path)))
        finally:
            await _uninterrupted(upload.abandon)
        return written_bytes

    async def read(self, path: ArtifactPath, part: ByteRange | None = None) -> ArtifactContent:
        """Read a file, or a part of it."""
        opened = await _uninterrupted(lambda: _Opened(self._file(path), path))
        start, end = 0, opened.size_bytes
        if part is not None:
            found = part.within(opened.size_bytes)
            if found is None:
                await opened.close()
                raise OutOfRange("the artifact has no such bytes", size_bytes=opened.size_bytes)
            start, end = found
        return ArtifactContent(
            size_bytes=opened.size_bytes, start=start, end=end, pieces=opened.pieces(start, end), close=opened.close
        )

    async def list_folder(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        """List a folder."""
        return await _uninterrupted(lambda: self._list(folder))

    async def delete(self, path: ArtifactPath) -> None:
        """Forget a file or a folder."""
        await _uninterrupted(lambda: self._delete(path))

    def _file(self, path: ArtifactPath) -> Path:
        return self._root.joinpath(str(path.experiment_id), *path.parts)

    def _begin(self, announced_bytes: int) -> Upload:
        make_folder(self._root)
        self._clean_once()
        self._check_room(announced_bytes)
        return Upload(self._root)

    def _clean_once(self) -> None:
        with self._lock:
            if not self._is_clean:
                remove_leftovers(self._root)
                self._is_clean = True

    def _check_room(self, announced_bytes: int = 0) -> None:
        if shutil.disk_usage(self._root).free - announced_bytes < self._reserved_bytes:
            raise StoreFull(
                "the disk of the artifacts has too little room; some is kept free for traces",
                kept_free_mb=self._reserved_bytes >> 20,
            )

    def _list(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        try:
            with os.scandir(self._file(folder)) as entries:
                found = [_info(folder, entry) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted((info for info in found if info is not None), key=lambda info: info.path.parts)

    def _delete(self, path: ArtifactPath) -> None:
        try:
            aside = move_aside(self._root, self._file(path))
        except (FileNotFoundError, NotADirectoryError):
            return
        shutil.rmtree(aside, ignore_errors=True)


class _Opened:
    """A file that is read: what is written under its name meanwhile is another file."""

    def __init__(self, file: Path, path: ArtifactPath) -> None:
        try:
            self._descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise NotFound("there is no such artifact", path=path) from error
        found = os.fstat(self._descriptor)
        self.size_bytes = found.st_size
        self._is_open = True
        if not stat.S_ISREG(found.st_mode):
            self._close()
            raise NotFound("there is no such artifact: this is a folder", path=path)

    async def pieces(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Read from here to there."""
        while start < end:
            piece = await _uninterrupted(lambda start=start: self._read(min(PIECE_BYTES, end - start), start))
            if not piece:
                raise StoreUnavailable("an artifact's file was cut while it was read")
            start += len(piece)
            yield piece

    async def close(self) -> None:
        """Let go of the file."""
        await _uninterrupted(self._close)

    def _read(self, length: int, start: int) -> bytes:
        return os.pread(self._descriptor, length, start)

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.close(self._descriptor)


async def _gathered(content: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Gather small pieces, so that there are few steps to a worker thread."""
    pieces: list[bytes] = []
    size_bytes = 0
    async for piece in content:
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes >= PIECE_BYTES:
            yield pieces
            pieces, size_bytes = [], 0
    if pieces:
        yield pieces


async def _uninterrupted(work: Callable[[], T]) -> T:
    """Work on a thread; whoever waits is not let go before it ends, as the file must not be closed under its hands."""
    working = asyncio.ensure_future(asyncio.to_thread(_told, work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with suppress(asyncio.CancelledError):  # it may be said many times
                await asyncio.wait([working])
        raise


def _told(work: Callable[[], T]) -> T:
    with told_as_ours():
        return work()


def _info(folder: ArtifactPath, entry: os.DirEntry[str]) -> ArtifactInfo | None:
    """Tell of an entry; `None` where it was not put here by the server, or is gone again."""
    try:
        path = folder.inside(entry.name)
        if entry.is_dir():
            return ArtifactInfo(path=path, is_folder=True, size_bytes=None)
        return ArtifactInfo(path=path, is_folder=False, size_bytes=entry.stat().st_size)
    except (InvalidInput, OSError):
        return None
