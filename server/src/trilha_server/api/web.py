"""The UI: one page for all its addresses, and the files that the build made for it."""

import asyncio
import gzip
import re
import secrets
import threading
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from trilha_server.api.compression import takes_gzip
from trilha_server.api.routes import Permission, RawRoute

BUILT_UI = Path(__file__).parents[1] / "web"
"""`make serve` and the wheel's build put it there."""

PAGES = (
    "/",
    "/setup",
    "/ingestion",
    "/settings",
    "/experiments",
    "/experiments/{rest:path}",
    "/t/{trace_id}",
    "/s/{session:path}",
    "/x/{rest:path}",
)
"""A list, and not all that is unknown: who asks for an API that is not there is told so."""

FILES = ("/assets/{path:path}", "/theme.js", "/favicon.svg")

_INDEX = "index.html"
_NONCE = "__NONCE__"
_HASHED = re.compile(r"assets/.+-[\w-]{8}\.\w+")
"""Vite names a file by what is in it: under such a name there is never anything else."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self';"
    " connect-src 'self'; worker-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_COMPRESSED_ALREADY = frozenset({".png"})

_NOT_BUILT = (
    "There is no UI in this checkout: 'make serve' builds it and starts the server, 'make ui' only builds it."
    " The API is there all the same.\n"
)


class _File(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    content: bytes
    compressed: bytes | None
    """`None` where it would not become smaller."""
    tag: str
    """Tells this content from any other."""


class WebFiles:
    """The files of a built UI, as they are when a server starts. Only these are ever given."""

    def __init__(self, folder: Path = BUILT_UI) -> None:
        paths = (path for path in folder.rglob("*") if path.is_file())  # none where there is no such folder
        self._paths = {path.relative_to(folder).as_posix(): path for path in paths}
        self._contents: dict[str, bytes] = {}
        self._files: dict[str, _File] = {}
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Read all files: what is built or installed later is no matter of this server."""
        for name in self._paths:
            with self._lock, suppress(FileNotFoundError):
                self._content(name)

    def get(self, name: str) -> _File | None:
        """Find a file; `None` where there is none of the name. May read the disk, and compress."""
        with self._lock, suppress(FileNotFoundError):
            if name in self._paths and name not in self._files:
                self._files[name] = _prepared(Path(name).suffix, self._content(name))
        return self._files.get(name)

    def _content(self, name: str) -> bytes:
        if name not in self._contents:
            self._contents[name] = self._paths[name].read_bytes()
        return self._contents[name]


def web_routes(files: WebFiles) -> list[RawRoute]:
    """List the routes of the UI."""

    async def page(_request: Request) -> Response:
        index = await asyncio.to_thread(files.get, _INDEX)
        if index is None:
            return PlainTextResponse(_NOT_BUILT, 404, _ALWAYS | {"Cache-Control": "no-store"})
        nonce = secrets.token_urlsafe(16)
        headers = {
            **_ALWAYS,
            "Cache-Control": "no-cache",
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Content-Type": _TYPES[".html"],
        }
        return Response(index.content.replace(_NONCE.encode(), nonce.encode()), headers=headers)

    async def file(request: Request) -> Response:
        name = request.url.path.removeprefix("/")
        found = await asyncio.to_thread(files.get, name)
        if found is None:
            return PlainTextResponse("There is no such file.\n", 404, _ALWAYS | {"Cache-Control": "no-store"})
        return _file_response(request, name, found)

    handlers = [*((path, page) for path in PAGES), *((path, file) for path in FILES)]
    return [RawRoute(method="GET", path=path, permission=Permission.PUBLIC, handle=handle) for path, handle in handlers]


def _file_response(request: Request, name: str, found: _File) -> Response:
    headers = {
        **_ALWAYS,
        "Cache-Control": "public, max-age=31536000, immutable" if _HASHED.fullmatch(name) else "public, max-age=3600",
        "ETag": found.tag,
        "Vary": "Accept-Encoding",
    }
    if found.tag in (tag.strip() for tag in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = _TYPES.get(Path(name).suffix, "application/octet-stream")
    if found.compressed is not None and takes_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.compressed, headers=headers | {"Content-Encoding": "gzip"})
    return Response(found.content, headers=headers)


def _prepared(suffix: str, content: bytes) -> _File:
    compressed = None if suffix in _COMPRESSED_ALREADY else gzip.compress(content, mtime=0)
    if compressed is not None and len(compressed) >= len(content):
        compressed = None
    # Weak: the compressed and the plain form have the same tag.
    return _File(content=content, compressed=compressed, tag=f'W/"{blake2b(content, digest_size=12).hexdigest()}"')
