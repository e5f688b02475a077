"""Finds which chunks and traces may hold a text, by the signatures of chunks."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from trilha_server.storage.letters import GRAM_BYTES, HASH_FACTOR, HASH_SHIFT, LETTERS
from trilha_server.storage.schema import chunk, signature

MAX_CANDIDATES = 20_000


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


def candidates(connection: Connection, texts: Sequence[str]) -> list[Range] | None:
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


def candidate_traces(connection: Connection, groups: Sequence[Sequence[str]]) -> list[int] | None:
    """Name the traces that may hold all texts, or `None` where they are too many or cannot be told.

    The texts of one group stand in one span; those of two may stand in spans that came at different times.
    """
    found: set[int] | None = None
    for texts in groups:
        keys = _traces_with(connection, texts)
        if keys is not None:
            found = keys if found is None else found & keys
    return None if found is None else sorted(found)


def _traces_with(connection: Connection, texts: Sequence[str]) -> set[int] | None:
    ranges = candidates(connection, texts)
    if ranges is None:
        return None
    keys: set[int] = set()
    for block in ranges:
        statement = select(chunk.c.trace_key).where(chunk.c.id.between(block.first, block.last))
        keys.update(connection.execute(statement.limit(MAX_CANDIDATES + 1)).scalars())
        if len(keys) > MAX_CANDIDATES:
            return None
    return keys
