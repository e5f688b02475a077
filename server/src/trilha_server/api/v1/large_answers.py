"""Answers that may be large."""

import gzip
import logging

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from trilha_server.api.compression import takes_gzip
from trilha_server.domain.errors import TrilhaError

_MIN_BYTES = 20_000
_LEVEL = 1  # 5 MB of columns become 0.8 MB in 40 ms; higher levels take three times as long for a tenth less

_log = logging.getLogger(__name__)


class Download(StreamingResponse):
    """Breaks off where the store fails in the middle: an answer that is not ended closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        except TrilhaError as error:  # the edge: it is too late for another status
            _log.warning("export broken off", extra={"fields": {"cause": error}})


def large_answer(request: Request, body: bytes) -> Response:
    """Answer with JSON, compressed where it is large and the client takes that.

    It is compressed where the handler runs, so that the event loop does not wait for it.
    """
    headers = {"Vary": "Accept-Encoding"}
    if len(body) >= _MIN_BYTES and takes_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, _LEVEL, mtime=0)
    return Response(body, headers=headers, media_type="application/json")
