"""The files of the spool: records with their length and a checksum, so that a torn end is seen and skipped."""

from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

from trilha._settings import Destination

MAGIC: Final = b"trilha spool 1\n"
_FRAME: Final = Struct("<II")
_ABOUT: Final = b"a"
_DESTINATION: Final = b"d"
_SPAN: Final = b"s"
_ROOT: Final = b"r"
_MAX_RECORD_BYTES: Final = 1 << 30


class About(msgspec.Struct, frozen=True):
    """Which server a file is for, and who wrote it."""

    server: str
    resource: bytes
    """What the process was, as OTLP."""


class Contents(msgspec.Struct):
    """What could be read of a file."""

    about: About | None = None
    spans: list[tuple[Destination, bytes, bool]] = []
    torn: bool = False
    """The last record was not written to its end: the process was killed at that moment."""
    damaged: int = 0
    """Records that are there and cannot be right."""


def begin(about: About) -> bytes:
    """Write the beginning of a file."""
    return MAGIC + _record(_ABOUT, msgspec.msgpack.encode(about))


def destination_record(destination: Destination) -> bytes:
    """Write where the spans after this record go."""
    return _record(_DESTINATION, msgspec.msgpack.encode(destination))


def span_record(payload: bytes, is_root: bool) -> bytes:  # written once for each span
    """Write a span."""
    return _record(_ROOT if is_root else _SPAN, payload)


def read(raw: bytes) -> Contents:
    """Read a file as far as it can be read."""
    contents = Contents(spans=[])
    if not raw.startswith(MAGIC):
        contents.torn = MAGIC.startswith(raw)
        contents.damaged = not contents.torn
        return contents
    destination = Destination()
    place = len(MAGIC)
    while place < len(raw):
        if place + _FRAME.size > len(raw):
            contents.torn = True
            break
        size, checksum = _FRAME.unpack_from(raw, place)
        start, place = place + _FRAME.size, place + _FRAME.size + size
        if place > len(raw) or not 0 < size <= _MAX_RECORD_BYTES:
            # Beyond the end of the file: torn; or the length itself is wrong, and what follows cannot be found.
            contents.torn = True
            break
        record = raw[start:place]
        if crc32(record) != checksum:
            contents.damaged += 1
            continue
        destination = _take(contents, record, destination)
    return contents


def _take(contents: Contents, record: bytes, destination: Destination) -> Destination:
    kind, content = record[:1], record[1:]
    try:
        if kind in (_SPAN, _ROOT):
            contents.spans.append((destination, content, kind == _ROOT))
        elif kind == _DESTINATION:
            return msgspec.msgpack.decode(content, type=Destination)
        elif kind == _ABOUT:
            contents.about = msgspec.msgpack.decode(content, type=About)
        else:
            contents.damaged += 1
    except msgspec.MsgspecError:
        contents.damaged += 1
    return destination


def _record(kind: bytes, content: bytes) -> bytes:
    checksum = crc32(content, crc32(kind))
    return b"".join((_FRAME.pack(len(content) + 1, checksum), kind, content))
