"""Keeps signatures of chunks: a bit for each hashed sequence of four letters, for a few hundred chunks."""

from collections.abc import Sequence
from itertools import accumulate

from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database

BLOCK_CHUNKS = 512
BLOCK_RAW_BYTES = 8 << 20

_LAST_CHUNK = "SELECT coalesce(max(last_chunk_id), 0) FROM signature"
_NEXT_CHUNKS = "SELECT id, spans FROM chunk WHERE id > ? ORDER BY id LIMIT ?"
_ADD_SIGNATURE = "INSERT INTO signature (last_chunk_id, first_chunk_id, bits) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class TextIndex:
    """Signatures of blocks of chunks. Chunks after the last block are always candidates."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    def extend(self) -> bool:
        """Make the signature of one more block; says whether there was enough for one."""
        with self._database.reading() as cursor:
            cursor.execute(_LAST_CHUNK)
            done = int(cursor.rows()[0][0])
            cursor.execute(_NEXT_CHUNKS, (done, BLOCK_CHUNKS))
            rows = cursor.rows()
        block = rows[: self._block_chunks([frame for _, frame in rows])]
        if not block:
            return False
        from trilha_server.storage.signatures import signature_bits  # noqa: PLC0415  # loads NumPy: not at start

        bits = signature_bits(self._codec.decompress(frame) for _, frame in block)
        with self._database.writing() as cursor:
            cursor.execute(_ADD_SIGNATURE, (block[-1][0], done + 1, bits))
        return True

    def _block_chunks(self, frames: Sequence[bytes]) -> int:
        """Say how many of the chunks make a block; none where they are too few, without unpacking any."""
        sizes_bytes = accumulate(map(self._codec.raw_bytes, frames))
        for chunks, size_bytes in enumerate(sizes_bytes, 1):
            if chunks == BLOCK_CHUNKS or size_bytes >= BLOCK_RAW_BYTES:
                return chunks
        return 0
