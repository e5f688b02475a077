"""Reads request bodies, never more than allowed."""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request

from trilha_server.ingest.admission import decompress, too_large

_UNPACKED_HERE_BYTES = 32 * 1024
"""A larger body is unpacked on a worker thread, so that others need not wait for it."""

_DATABRICKS_SDK = "databricks-sdk-"
_NAMELESS = "unknown/"


def headers_of(request: Request) -> dict[str, str]:
    """Read the headers at once: the framework walks through all of them for each one that it is asked for."""
    return dict(request.headers.items())


def header_text(header: str | None) -> str | None:
    """Read a header as its sender meant it: HTTP's own reading of bytes beyond ASCII is Latin-1."""
    if header is None or header.isascii():
        return header
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header


def client_of(headers: Mapping[str, str]) -> str:
    """Name the sending software and its version."""
    words = headers.get("user-agent", "").split(" ")
    sdk = next((word for word in words if word.startswith(_DATABRICKS_SDK)), None)
    if sdk is None or not words[0].startswith(_NAMELESS):
        return words[0]
    version = headers.get("x-mlflow-client-version")  # MLflow's name does not get through the SDK
    return sdk if version is None else f"mlflow-python-client/{version}"


async def read_body(request: Request, headers: Mapping[str, str], max_bytes: int) -> bytes:
    """Read and decompress a body. Raises `TooLarge` and `InvalidInput`."""
    length = headers.get("content-length")
    if length is not None and length.isdigit() and int(length) > max_bytes:
        raise too_large(max_bytes)
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > max_bytes:
            raise too_large(max_bytes)
        pieces.append(piece)
    body = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    encoding = headers.get("content-encoding", "")
    if not encoding:
        return body
    if len(body) <= _UNPACKED_HERE_BYTES:
        return decompress(body, encoding, max_bytes)
    return await asyncio.to_thread(decompress, body, encoding, max_bytes)
