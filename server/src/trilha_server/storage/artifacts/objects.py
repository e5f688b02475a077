"""Keeps artifacts in an object store: S3 and what speaks like it, Google Cloud Storage, Azure."""

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store

from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath, ByteRange
from trilha_server.domain.errors import InvalidInput, NotFound, OutOfRange, StoreUnavailable
from trilha_server.ports import ArtifactContent
from trilha_server.storage.artifacts.location import Kind, Location

if TYPE_CHECKING:  # they exist for type checkers only
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

PART_BYTES = 8 << 20
"""Smaller files go in one request; larger ones in parts, of which a few are in memory at a time."""

MAX_PARTS = 9_000  # S3 takes 10,000
PARTS_AT_A_TIME = 2
DELETED_AT_A_TIME = 1_000
PIECE_BYTES = 1 << 20

_CLIENT: "ClientConfig" = {
    "allow_http": True,  # only an endpoint that the operator has spelt so
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=60),
    "timeout": timedelta(days=1),  # of a whole file: the time without a byte is what matters
}
_RETRIES: "RetryConfig" = {"max_retries": 5, "retry_timeout": timedelta(seconds=30)}
_CLIENT_AT_START: "ClientConfig" = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=3),
    "timeout": timedelta(seconds=5),
}
_RETRIES_AT_START: "RetryConfig" = {"max_retries": 1, "retry_timeout": timedelta(seconds=5)}

_log = logging.getLogger(__name__)


class ObjectArtifacts:
    """Artifacts as objects: `<prefix>/<experiment id>/<path>`."""

    def __init__(self, location: Location) -> None:
        self._location = location
        with _told_with_its_url(location):
            self._store = _open(location, _CLIENT, _RETRIES)

    def check(self) -> None:
        """Look whether the bucket is there and lets us in, without waiting for long. Raises `StoreUnavailable`."""
        with _told_with_its_url(self._location):
            store = _open(self._location, _CLIENT_AT_START, _RETRIES_AT_START)
            next(iter(obstore.list(store, "/".join(self._location.parts) or None, chunk_size=1)), None)  # pyright: ignore[reportUnknownMemberType]  # of its Arrow form

    async def write(self, path: ArtifactPath, content: AsyncIterator[bytes], *, size_bytes: int | None = None) -> int:
        """Keep a file."""
        if not path.parts:
            raise InvalidInput("an artifact needs a name below its experiment's id")
        counted = _Counted(content)
        beginning = await counted.up_to(PART_BYTES)
        with _told_as_ours():
            if counted.is_at_end:
                await obstore.put_async(self._store, self._key(path), b"".join(beginning), use_multipart=False)
            else:
                await obstore.put_async(
                    self._store,
                    self._key(path),
                    counted.after(beginning),
                    use_multipart=True,
                    chunk_size=max(PART_BYTES, (size_bytes or 0) // MAX_PARTS),
                    max_concurrency=PARTS_AT_A_TIME,
                )
        return counted.size_bytes

    async def read(self, path: ArtifactPath, part: ByteRange | None = None) -> ArtifactContent:
        """Read a file, or a part of it."""
        key = self._key(path)
        with _told_as_ours():
            try:
                range_ = None if part is None else await self._range(key, part)
                found = await obstore.get_async(self._store, key, options=None if range_ is None else {"range": range_})
            except FileNotFoundError as error:
                raise NotFound("there is no such artifact", path=path) from error
        start, end = found.range
        pieces = _pieces(found.stream(min_chunk_size=PIECE_BYTES))
        return ArtifactContent(size_bytes=found.meta["size"], start=start, end=end, pieces=pieces, close=pieces.aclose)

    async def list_folder(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        """List a folder."""
        with _told_as_ours():
            found = await obstore.list_with_delimiter_async(self._store, self._key(folder))  # pyright: ignore[reportUnknownMemberType]  # of its Arrow form
        listed = [_info(folder, prefix, None) for prefix in found["common_prefixes"]]
        listed += [_info(folder, each["path"], each["size"]) for each in found["objects"]]
        return sorted((info for info in listed if info is not None), key=lambda info: info.path.parts)

    async def delete(self, path: ArtifactPath) -> None:
        """Forget a file, or all below a folder."""
        key = self._key(path)
        with _told_as_ours():
            await self._delete(key)
            async for found in obstore.list(self._store, key, chunk_size=DELETED_AT_A_TIME):  # pyright: ignore[reportUnknownMemberType]  # of its Arrow form
                await self._delete(*(each["path"] for each in found))

    async def _delete(self, *keys: str) -> None:
        with suppress(FileNotFoundError):  # as some stores say of what is not there
            await obstore.delete_async(self._store, keys)

    async def _range(self, key: str, part: ByteRange) -> tuple[int, int]:
        size_bytes = (await obstore.head_async(self._store, key))["size"]
        found = part.within(size_bytes)
        if found is None:
            raise OutOfRange("the artifact has no such bytes", size_bytes=size_bytes)
        return found

    def _key(self, path: ArtifactPath) -> str:
        return "/".join((*self._location.parts, str(path.experiment_id), *path.parts))


class _Counted:
    """Content that is counted, and whose beginning is looked at first."""

    def __init__(self, content: AsyncIterator[bytes]) -> None:
        self._content = content
        self.size_bytes = 0
        self.is_at_end = False

    async def up_to(self, size_bytes: int) -> list[bytes]:
        """Read until there is more than that, or nothing more."""
        pieces: list[bytes] = []
        async for piece in self._content:
            pieces.append(piece)
            self.size_bytes += len(piece)
            if self.size_bytes > size_bytes:
                return pieces
        self.is_at_end = True
        return pieces

    async def after(self, beginning: list[bytes]) -> AsyncIterator[bytes]:
        """Give the beginning back, and then the rest."""
        while beginning:
            yield beginning.pop(0)
        async for piece in self._content:
            self.size_bytes += len(piece)
            yield piece


def _open(location: Location, client: "ClientConfig", retries: "RetryConfig") -> "ObjectStore":
    """Make a client; credentials and endpoint come from the cloud's own variables."""
    match location.kind:
        case Kind.S3:
            return S3Store(location.bucket, client_options=client, retry_config=retries)
        case Kind.GCS:
            return GCSStore(location.bucket, client_options=client, retry_config=retries)
        case Kind.AZURE if location.account:
            return AzureStore(
                location.bucket, account_name=location.account, client_options=client, retry_config=retries
            )
        case Kind.AZURE:
            return AzureStore(location.bucket, client_options=client, retry_config=retries)
        case Kind.FOLDER:
            raise InvalidInput("a folder is no object store", location=location)


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    with _told_as_ours():
        async for piece in stream:
            yield piece


@contextmanager
def _told_with_its_url(location: Location) -> Generator[None]:
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise StoreUnavailable(
            "the artifact store cannot be reached: look at its URL, and at the variables with its credentials",
            artifacts_url=location,
            cause=_first_line(error),
        ) from error


@contextmanager
def _told_as_ours() -> Generator[None]:
    try:
        yield
    except (PermissionDeniedError, UnauthenticatedError) as error:
        _log.warning("artifact store refused", extra={"fields": {"cause": _first_line(error)}})
        raise StoreUnavailable("the artifact store does not accept the server's credentials") from error
    except FileNotFoundError as error:  # of what is not read
        raise StoreUnavailable("the bucket of the artifacts is not there") from error
    except BaseError as error:
        _log.warning("artifact store failed", extra={"fields": {"cause": _first_line(error)}})
        raise StoreUnavailable("the artifact store failed", cause=type(error).__name__) from error


def _info(folder: ArtifactPath, key: str, size_bytes: int | None) -> ArtifactInfo | None:
    """Tell of a key; `None` where it was not put here by the server."""
    try:
        path = folder.inside(key.rsplit("/", 1)[-1])
    except InvalidInput:
        return None
    return ArtifactInfo(path=path, is_folder=size_bytes is None, size_bytes=size_bytes)


def _first_line(error: Exception) -> str:
    """Take the line that says what happened; after it come the server's words and its addresses in full."""
    return str(error).split("\n", 1)[0].strip()[:300]
