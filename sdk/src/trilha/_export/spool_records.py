"""The files of the spool: records with their length and a checksum, so that a torn end is seen and skipped."""

from struct import Struct, error
from typing import Final
from zlib import crc32

import msgspec

from trilha._export.attachment_place import AttachmentPlace
from trilha._settings import Destination

MAGIC: Final = b"trilha spool 1\n"
_FRAME: Final = Struct("<II")
_NUMBER: Final = Struct("<I")
_ABOUT: Final = b"a"
_DESTINATION: Final = b"d"
_PLACE: Final = b"p"
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
    """Attachments too: their destinations tell."""
    torn: bool = False
    """The last record was not written to its end: the process was killed at that moment."""
    damaged: int = 0
    """Records that are there and cannot be right."""


def begin(about: About) -> bytes:
    """Write the beginning of a file."""
    return MAGIC + _record(_ABOUT, msgspec.msgpack.encode(about))


def destination_record(number: int, destination: Destination) -> bytes:
    """Write where spans, or an attachment, with this number go."""
    kind = _PLACE if isinstance(destination, AttachmentPlace) else _DESTINATION
    return _record(kind, _NUMBER.pack(number), msgspec.msgpack.encode(destination))


def span_record(number: int, payload: bytes, is_root: bool) -> bytes:
    """Write a span, or an attachment, for the destination that was written with this number."""
    return _record(_ROOT if is_root else _SPAN, _NUMBER.pack(number), payload)


def read(raw: bytes) -> Contents:
    """Read a file as far as it can be read."""
    contents = Contents(spans=[])
    if not raw.startswith(MAGIC):
        contents.torn = MAGIC.startswith(raw)
        contents.damaged = not contents.torn
        return contents
    destinations: dict[int, Destination] = {}
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
        try:
            _take(contents, record, destinations)
        except (KeyError, ValueError, error, msgspec.MsgspecError):  # no ValueError in older releases
            contents.damaged += 1
    return contents


def _take(contents: Contents, record: bytes, destinations: dict[int, Destination]) -> None:
    """Put what a record says to the contents. Raises where it says nothing that can be."""
    kind = record[:1]
    if kind == _ABOUT:
        contents.about = msgspec.msgpack.decode(record[1:], type=About)
        return
    (number,) = _NUMBER.unpack_from(record, 1)
    content = record[1 + _NUMBER.size :]
    if kind == _DESTINATION:
        destinations[number] = msgspec.msgpack.decode(content, type=Destination)
    elif kind == _PLACE:
        destinations[number] = msgspec.msgpack.decode(content, type=AttachmentPlace)
    elif kind in (_SPAN, _ROOT):
        contents.spans.append((destinations[number], content, kind == _ROOT))
    else:
        raise ValueError("not a kind of record that is known")


def _record(kind: bytes, *parts: bytes) -> bytes:
    record = b"".join((kind, *parts))
    return _FRAME.pack(len(record), crc32(record)) + record
