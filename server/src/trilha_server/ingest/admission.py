"""Decompresses request bodies, and stops while it does so at the limit."""

import zlib

import zstandard

from trilha_server.domain.errors import InvalidInput, TooLarge

_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
_MAX_WINDOW_BYTES = 128 << 20
_PIECE_BYTES = 1 << 20
_INPUT_BYTES = 16 << 10
_SKIPPABLE = b"\x2a\x4d\x18"
_MAX_HEADER_BYTES = 18


def decompress(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Undo a Content-Encoding. Raises `TooLarge` as soon as more than `max_bytes` came out, and `InvalidInput`."""
    match encoding.strip().lower():
        case "" | "identity":
            raw = body
        case "gzip" | "x-gzip":
            raw = _inflate(body, _ZLIB_OR_GZIP, max_bytes)
        case "deflate":
            raw = _deflated(body, max_bytes)
        case "zstd":
            raw = _unzstd(body, max_bytes)
        case _:
            raise InvalidInput("the content encoding must be gzip, deflate or zstd", encoding=encoding[:40])
    if len(raw) > max_bytes:
        raise too_large(max_bytes)
    return raw


def too_large(max_bytes: int) -> TooLarge:
    """Say that a body is above the limit, and how to change it."""
    return TooLarge(
        "the body is larger than the server takes; send smaller batches, or raise the server's --max-body-mb",
        max_mb=max_bytes >> 20,
    )


def _deflated(body: bytes, max_bytes: int) -> bytes:
    try:
        return _inflate(body, _ZLIB_OR_GZIP, max_bytes)
    except TooLarge:
        raise
    except InvalidInput:  # some senders leave the zlib frame out
        return _inflate(body, _RAW_DEFLATE, max_bytes)


def _inflate(body: bytes, window_bits: int, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = position = 0
    while position < len(body):  # gzip bodies may be several members, one after another
        inflater = zlib.decompressobj(window_bits)
        while not inflater.eof:
            # In pieces, because what follows a member is copied each time.
            rest = inflater.unconsumed_tail or body[position : position + _INPUT_BYTES]
            if not rest:
                raise _cut_short()
            if not inflater.unconsumed_tail:
                position += len(rest)
            try:
                piece = inflater.decompress(rest, max_bytes - size + 1)
            except zlib.error as error:
                raise _unreadable() from error
            size += len(piece)
            if size > max_bytes:
                raise too_large(max_bytes)
            pieces.append(piece)
        position -= len(inflater.unused_data)
    return b"".join(pieces)


def _unzstd(body: bytes, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    try:
        with decompressor.stream_reader(body, read_across_frames=True) as reader:
            while piece := reader.read(min(_PIECE_BYTES, max_bytes - size + 1)):
                size += len(piece)
                if size > max_bytes:
                    raise too_large(max_bytes)
                pieces.append(piece)
        if not _frames_are_whole(body):
            raise _cut_short()
    except zstandard.ZstdError as error:
        raise _unreadable() from error
    return b"".join(pieces)


def _frames_are_whole(body: bytes) -> bool:
    """Walk along the blocks: the decompressor takes the end of the body for the end of a frame (RFC 8878, 3.1)."""
    position = 0
    while position < len(body):
        if body[position + 1 : position + 4] == _SKIPPABLE and body[position] & 0xF0 == 0x50:
            position += 8 + int.from_bytes(body[position + 4 : position + 8], "little")
            continue
        header = body[position : position + _MAX_HEADER_BYTES]
        has_checksum = zstandard.get_frame_parameters(header).has_checksum
        position += zstandard.frame_header_size(header)
        is_last = False
        while not is_last:
            block = int.from_bytes(body[position : position + 3], "little")
            if position + 3 > len(body):
                return False
            is_last = bool(block & 1)
            is_repeated = block & 6 == 2  # one byte that stands for many
            position += 3 + (1 if is_repeated else block >> 3)
        position += 4 if has_checksum else 0
    return position == len(body)


def _cut_short() -> InvalidInput:
    return InvalidInput("the compressed body is cut short")


def _unreadable() -> InvalidInput:
    return InvalidInput("the body cannot be decompressed as its content encoding says")
