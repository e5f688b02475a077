"""How the text index takes text apart: runs of letters, four at a time, hashed."""

GRAM_BYTES = 4
BITS_LOG2 = 18  # 32 kB for a block: about half of the bits are set by 3 MB of prose
HASH_FACTOR = 2654435761  # Knuth's multiplicative hash for 32 bits
HASH_SHIFT = 32 - BITS_LOG2


def _letters() -> bytes:
    table = bytearray(256)  # everything that is not a letter of a word becomes zero
    for code in range(128):
        character = chr(code)
        if character.isalnum() or character in "-.@/":
            table[code] = ord(character.lower())
    return bytes(table)


LETTERS = _letters()
"""For `bytes.translate`: lower case, and zero for what ends a run."""
