"""Keeps signatures of chunks: a bit for each hashed sequence of four letters, for a few hundred chunks."""

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
        texts: list[bytes] = []
        size_bytes = 0
        last = done
        for chunk_id, frame in rows:
            texts.append(self._codec.decompress(frame))
            size_bytes += len(texts[-1])
            last = chunk_id
            if size_bytes >= BLOCK_RAW_BYTES:
                break
        if len(texts) < BLOCK_CHUNKS and size_bytes < BLOCK_RAW_BYTES:
            return False
        from trilha_server.storage.signatures import signature_bits  # noqa: PLC0415  # loads NumPy: not at start

        with self._database.writing() as cursor:
            cursor.execute(_ADD_SIGNATURE, (last, done + 1, signature_bits(texts)))
        return True
