"""The floor: a server that parses OTLP, appends it to a file and syncs, and does nothing else.

What it costs is what HTTP, protobuf and a durable answer cost in Python; a trace store comes on top.
"""

import argparse
import asyncio
import os
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_LENGTH = struct.Struct("<I")

Event = MutableMapping[str, Any]  # Any: the value type that ASGI itself declares
Receive = Callable[[], Awaitable[Event]]
Send = Callable[[Event], Awaitable[None]]


class Journal:
    """An append-only file; whoever appends while a sync is under way shares the next one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def append(self, body: bytes) -> None:
        """Return once the body is on disk."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((_LENGTH.pack(len(body)) + body, done))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._write_and_sync, b"".join(frame for frame, _ in batch))
            for _, done in batch:
                if not done.done():
                    done.set_result(None)

    def _write_and_sync(self, frames: bytes) -> None:
        os.write(self._file, frames)
        os.fdatasync(self._file)

    def stored_traces(self) -> int:
        """Count the distinct traces in the file."""
        content = self._path.read_bytes()
        at, trace_ids = 0, set[bytes]()
        while at < len(content):
            (size_bytes,) = _LENGTH.unpack_from(content, at)
            at += _LENGTH.size
            request = ExportTraceServiceRequest.FromString(content[at : at + size_bytes])
            at += size_bytes
            trace_ids |= {span.trace_id for span in _spans(request)}
        return len(trace_ids)


def _spans(request: ExportTraceServiceRequest) -> list[Any]:  # Any: protobuf's repeated fields carry no element type
    return [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]


class Floor:
    """The ASGI application."""

    def __init__(self, folder: Path) -> None:
        self._journal = Journal(folder / "journal.bin")

    async def __call__(self, scope: Event, receive: Receive, send: Send) -> None:
        answer = b""
        if scope["path"] == "/v1/traces":
            body = await _read_body(receive)
            ExportTraceServiceRequest.FromString(body)
            await self._journal.append(body)
        elif scope["path"] == "/count":
            answer = b"%d" % self._journal.stored_traces()
        headers = [(b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


async def _read_body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        event = await receive()
        chunks.append(event.get("body", b""))
        if not event.get("more_body"):
            return b"".join(chunks)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    options = parser.parse_args()
    options.data_dir.mkdir(parents=True, exist_ok=True)
    uvicorn.run(
        Floor(options.data_dir), port=options.port, http="httptools", loop="uvloop", lifespan="off", access_log=False
    )


if __name__ == "__main__":
    main()
