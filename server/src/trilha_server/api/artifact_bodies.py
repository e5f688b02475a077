"""Artifacts as bodies of requests and answers, a piece at a time."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath, ByteRange
from trilha_server.domain.errors import InvalidInput, TooLarge
from trilha_server.ports import ArtifactContent

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/plain; charset=utf-8",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "pdf": "application/pdf",
    "png": "image/png",
    "txt": "text/plain; charset=utf-8",
    "wav": "audio/wav",
    "webp": "image/webp",
    "yaml": "text/plain; charset=utf-8",
    "yml": "text/plain; charset=utf-8",
}
"""What a browser may be told of a file; none of it can run, as HTML, SVG and scripts could."""

_UNTYPED = "application/octet-stream"


async def take_artifact(services: Services, request: Request, path: ArtifactPath) -> int:
    """Keep a request's body as an artifact; says how many bytes it has. Raises `TooLarge` and what `write` raises."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise InvalidInput("an artifact is kept as it is sent: send it without content-encoding")
    length = request.headers.get("content-length", "")
    size_bytes = int(length) if length.isascii() and length.isdigit() and len(length) <= 18 else None
    limit = services.max_artifact_bytes
    if limit is not None and (size_bytes or 0) > limit:
        raise _too_large(limit)
    return await services.artifacts.write(path, _pieces(request, limit), size_bytes=size_bytes)


async def give_artifact(services: Services, request: Request, path: ArtifactPath) -> Response:
    """Answer with an artifact, or the part of it that the request's `Range` asks for. Raises what `read` raises."""
    asked = _byte_range(request)
    content = await services.artifacts.read(path, asked)
    headers = {
        "content-length": str(content.end - content.start),
        "content-type": _TYPES.get(path.name.rpartition(".")[2].lower(), _UNTYPED),
        "content-disposition": f"attachment; filename*=UTF-8''{quote(path.name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "accept-ranges": "bytes",
    }
    if asked is not None:
        headers["content-range"] = f"bytes {content.start}-{content.end - 1}/{content.size_bytes}"
    return _Streamed(content, _nothing() if request.method == "HEAD" else content.pieces, headers)


class _Streamed(StreamingResponse):
    """An answer that reads as fast as its client does, and lets go of the file however it ends."""

    def __init__(self, content: ArtifactContent, pieces: AsyncIterator[bytes], headers: dict[str, str]) -> None:
        super().__init__(pieces, 206 if "content-range" in headers else 200, headers)
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._content.close()


async def _nothing() -> AsyncGenerator[bytes]:
    return
    yield b""


async def _pieces(request: Request, limit: int | None) -> AsyncGenerator[bytes]:
    size_bytes = 0
    async for piece in request.stream():  # raises where the client leaves before the end
        size_bytes += len(piece)
        if limit is not None and size_bytes > limit:
            raise _too_large(limit)
        if piece:
            yield piece


def _byte_range(request: Request) -> ByteRange | None:
    """Read the header; what is not one range of bytes is ignored, as RFC 9110 wants."""
    found = _RANGE.fullmatch(request.headers.get("range", ""))
    if found is None or not (found[1] or found[2]):
        return None
    first, last = (int(digits) if digits else None for digits in found.groups())
    return None if first is not None and last is not None and last < first else ByteRange(first, last)


def _too_large(limit: int) -> TooLarge:
    return TooLarge("the artifact is above the operator's limit, --max-artifact-mb", max_mb=limit >> 20)
