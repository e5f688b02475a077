"""Finds which chunks may hold a text: a bit for each hashed sequence of four letters, for a few hundred chunks."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, select

from trilha_server.storage.codec import Codec
from trilha_server.storage.database import Database
from trilha_server.storage.letters import GRAM_BYTES, HASH_FACTOR, HASH_SHIFT, LETTERS
from trilha_server.storage.schema import chunk, signature

BLOCK_CHUNKS = 512
BLOCK_RAW_BYTES = 8 << 20
MAX_CANDIDATES = 20_000

_ADD_SIGNATURE = "INSERT INTO signature (last_chunk_id, first_chunk_id, bits) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Range(msgspec.Struct, frozen=True):
    """Chunks by their ids, both ends included."""

    first: int
    last: int


def grams(texts: Sequence[str]) -> list[int]:
    """Hash the sequences of four letters that a text must hold to hold all of these."""
    found: set[int] = set()
    for text in texts:
        letters = text.encode().translate(LETTERS)
        for start in range(len(letters) - GRAM_BYTES + 1):
            gram = letters[start : start + GRAM_BYTES]
            if 0 not in gram:
                found.add((int.from_bytes(gram, "little") * HASH_FACTOR % 2**32) >> HASH_SHIFT)
    return sorted(found)


class TextIndex:
    """Signatures of blocks of chunks. Chunks after the last block are always candidates."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self._database = database
        self._codec = codec

    def extend(self) -> bool:
        """Make the signature of one more block; says whether there was enough for one."""
        with self._database.reading() as connection:
            done = connection.execute(select(func.max(signature.c.last_chunk_id))).scalar() or 0
            rows = connection.execute(
                select(chunk.c.id, chunk.c.spans).where(chunk.c.id > done).order_by(chunk.c.id).limit(BLOCK_CHUNKS)
            ).all()
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

    def candidates(self, connection: Connection, texts: Sequence[str]) -> list[Range] | None:
        """Name the chunks that may hold all the texts, or `None` where they are too short to tell."""
        wanted = [(number >> 3, 1 << (number & 7)) for number in grams(texts)]
        if not wanted:
            return None
        found: list[Range] = []
        done = 0
        rows = connection.execute(
            select(signature.c.first_chunk_id, signature.c.last_chunk_id, signature.c.bits).order_by(
                signature.c.last_chunk_id
            )
        )
        for first, last, bits in rows:
            done = last
            if all(bits[offset] & mask for offset, mask in wanted):
                found.append(Range(first, last))
        return [*found, Range(done + 1, 2**62)]

    def candidate_traces(self, connection: Connection, groups: Sequence[Sequence[str]]) -> list[int] | None:
        """Name the traces that may hold all texts, or `None` where they are too many or cannot be told.

        The texts of one group stand in one span; those of two may stand in spans that came at different times.
        """
        found: set[int] | None = None
        for texts in groups:
            keys = self._traces_with(connection, texts)
            if keys is not None:
                found = keys if found is None else found & keys
        return None if found is None else sorted(found)

    def _traces_with(self, connection: Connection, texts: Sequence[str]) -> set[int] | None:
        ranges = self.candidates(connection, texts)
        if ranges is None:
            return None
        keys: set[int] = set()
        for block in ranges:
            statement = select(chunk.c.trace_key).where(chunk.c.id.between(block.first, block.last))
            keys.update(connection.execute(statement.limit(MAX_CANDIDATES + 1)).scalars())
            if len(keys) > MAX_CANDIDATES:
                return None
        return keys
