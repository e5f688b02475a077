"""Made-up prose: words by Zipf's law, so that a compressor and a text index see what real text shows them."""

from random import Random

import numpy as np

VOCABULARY_WORDS = 3000
_CONSONANTS = (*"bcdfghlmnprstv", "ch", "pr", "st", "th", "tr")
_VOWELS = (*"aeiou", "ai", "ou")


def _made_up_word(random: Random, rank: int) -> str:
    """Return a word; frequent words are short, as in any language."""
    syllables = 1 if rank < 80 else random.choice((1, 2, 2, 3))
    word = "".join(random.choice(_CONSONANTS) + random.choice(_VOWELS) for _ in range(syllables))
    return word + random.choice(("", "", "n", "r", "s", "t"))


def _vocabulary() -> list[str]:
    random = Random(11)
    words: dict[str, None] = {}
    while len(words) < VOCABULARY_WORDS:
        words.setdefault(_made_up_word(random, len(words)))
    return list(words)


_WORDS = 480
VOCABULARY = np.array(_vocabulary(), dtype=object)
_SHARES = np.arange(1, VOCABULARY_WORDS + 1) ** -1.1
_CUMULATED = np.cumsum(_SHARES / _SHARES.sum())


class Prose:
    """Text of one trace, taken piece by piece. The words need no escaping in JSON."""

    def __init__(self, source: np.random.Generator) -> None:
        ranks = np.searchsorted(_CUMULATED, source.random(_WORDS)).clip(max=VOCABULARY_WORDS - 1)
        self._words: list[str] = VOCABULARY[ranks].tolist()
        self._at = 0

    def take(self, words: int) -> str:
        """Return the next words."""
        start, self._at = self._at, self._at + words
        if self._at > _WORDS:
            raise IndexError("a trace asks for more words than were drawn")
        return " ".join(self._words[start : self._at])
