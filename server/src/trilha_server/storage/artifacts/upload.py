"""One file on its way into a folder: written aside, then put in its place at once."""

import fcntl
import io
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from trilha_server.storage.artifacts.location import UPLOADS

_RENAME_TRIES = 5


class Upload:
    """A file that nobody sees yet. Methods block and raise `OSError`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path, self._file = _new_file(root / UPLOADS)

    def write(self, pieces: Sequence[bytes]) -> None:
        """Add to the file."""
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                rest = rest[self._file.write(rest) :]

    def finish(self, target: Path) -> None:
        """Put the file in its place; on return it is there also after a crash of the machine."""
        os.fsync(self._file.fileno())
        for attempt in range(_RENAME_TRIES):
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                self._path.replace(target)
                break
            except (
                FileNotFoundError,
                FileExistsError,
            ):  # a deletion has just removed the empty folder, or as it was made
                if attempt == _RENAME_TRIES - 1:
                    raise
        for folder in _up_to(target.parent, self._root):  # each may be new, and made by another upload a moment ago
            sync_folder(folder)
        self._file.close()

    def abandon(self) -> None:
        """Forget the file; does nothing where it is in its place already."""
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._file.close()


def remove_leftovers(root: Path) -> None:
    """Remove what uploads and deletions have left that ended with their process. Raises `OSError`."""
    uploads = root / UPLOADS
    if not uploads.is_dir():
        return
    for leftover in uploads.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            _remove_unless_in_use(leftover)


def move_aside(root: Path, target: Path) -> Path:
    """Hide a file or folder at once, so that its removal may take its time. Raises `OSError`."""
    os.lstat(target)  # so that nothing is made where there is nothing to delete
    aside = root / UPLOADS / f"deleted-{secrets.token_hex(16)}"
    aside.mkdir(parents=True)
    target.rename(aside / target.name)
    folder = target.parent
    while folder != root and _is_removed(folder):  # object stores have no empty folders either
        folder = folder.parent
    sync_folder(folder)
    return aside


def sync_folder(folder: Path) -> None:
    """Make a folder's list of names durable."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:  # whoever removed it makes that durable
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def _new_file(uploads: Path) -> tuple[Path, io.FileIO]:
    """Make a file that carries a lock as long as its process lives, by which leftovers are known."""
    uploads.mkdir(parents=True, exist_ok=True)
    while True:
        path = uploads / secrets.token_hex(16)
        file = io.FileIO(path, "xb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()  # another server was cleaning, and took it for a leftover before it had its lock


def _remove_unless_in_use(leftover: Path) -> None:
    try:
        with leftover.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            leftover.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):  # an upload under way, or somebody was quicker
        return


def _is_removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError:  # it is not empty
        return False
    return True


def _up_to(folder: Path, root: Path) -> Iterator[Path]:
    """List a folder and those above it, the root last."""
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder
