"""Keeps one artifact, reads it and deletes it again."""

from collections.abc import AsyncIterator

import httpx

from trilha_server.cli.round_trip import BrokenTrip
from trilha_server.domain.artifact import ArtifactPath
from trilha_server.domain.ids import DEFAULT_EXPERIMENT_ID
from trilha_server.ports import ArtifactStore

FOLDER = "trilha-doctor"


async def trip_through_server(client: httpx.AsyncClient, content: bytes) -> None:
    """Do it by HTTP. Raises `BrokenTrip` with the step that failed."""
    address = f"/api/2.0/mlflow-artifacts/artifacts/{_path(content)}"
    try:
        for method, sent, status in (
            ("PUT", content, 200),
            ("GET", None, 200),
            ("DELETE", None, 200),
            ("GET", None, 404),
        ):
            answer = await client.request(method, address, content=sent)
            if answer.status_code != status:
                raise BrokenTrip(f"{method} of an artifact failed", status=answer.status_code, answer=answer.text[:300])
            if (method, status) == ("GET", 200):
                _compare(answer.content, content)
    except httpx.HTTPError as error:
        raise BrokenTrip("the server stopped answering; see its log", cause=type(error).__name__) from error


async def trip_in_store(store: ArtifactStore, content: bytes) -> None:
    """Do it without a server. Raises `BrokenTrip` and `StoreError`."""
    path = _path(content)
    await store.write(path, _once(content))
    found = await store.read(path)
    try:
        read = [piece async for piece in found.pieces]
    finally:
        await found.close()
    _compare(b"".join(read), content)
    await store.delete(path)


def _path(content: bytes) -> ArtifactPath:
    return ArtifactPath.of(DEFAULT_EXPERIMENT_ID, FOLDER, content.hex())


def _compare(read: bytes, content: bytes) -> None:
    if read != content:
        raise BrokenTrip("the artifact that was read is not the one that was sent")


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
