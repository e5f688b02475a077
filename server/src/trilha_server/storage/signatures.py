"""Marks which sequences of four letters stand in a block of text."""

from collections.abc import Iterable

import numpy as np

from trilha_server.storage.letters import BITS_LOG2, GRAM_BYTES, HASH_FACTOR, HASH_SHIFT, LETTERS


def signature_bits(texts: Iterable[bytes]) -> bytes:
    """Mark every sequence of four letters that stands in the texts."""
    joined = b"\x00".join(texts).translate(LETTERS)
    bits = np.zeros(1 << BITS_LOG2, dtype=np.bool_)
    for shift in range(GRAM_BYTES):
        usable = (len(joined) - shift) // GRAM_BYTES
        if usable > 0:
            # Sequences that cross the end of a word are marked too: to leave them out takes longer than it saves.
            values = np.frombuffer(joined, dtype="<u4", count=usable, offset=shift)
            bits[(values * np.uint32(HASH_FACTOR)) >> np.uint32(HASH_SHIFT)] = True
    return np.packbits(bits, bitorder="little").tobytes()
