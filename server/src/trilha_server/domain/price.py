"""What tokens cost."""

from enum import StrEnum

import msgspec

from trilha_server.domain.span import TokenUsage


class TokenKind(StrEnum):
    """Kinds of tokens that have a price each. No token is of two kinds."""

    INPUT = "input"
    """Neither cached nor audio."""
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    INPUT_AUDIO = "input_audio"
    OUTPUT = "output"
    """Reasoning too; not audio."""
    OUTPUT_AUDIO = "output_audio"


class Charge(msgspec.Struct, frozen=True):
    """One line of the arithmetic of a cost."""

    kind: TokenKind
    tokens: int
    usd_per_million: float

    @property
    def usd(self) -> float:
        """US dollars."""
        return self.tokens * self.usd_per_million / 1_000_000


def tokens_by_kind(usage: TokenUsage) -> dict[TokenKind, int]:
    """Take usage apart so that every token is counted once; kinds without tokens are left out."""
    cache_read, cache_write = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    input_audio, output_audio = usage.input_audio_tokens or 0, usage.output_audio_tokens or 0
    counted = {
        TokenKind.INPUT: usage.input_tokens - cache_read - cache_write - input_audio,
        TokenKind.CACHE_READ: cache_read,
        TokenKind.CACHE_WRITE: cache_write,
        TokenKind.INPUT_AUDIO: input_audio,
        TokenKind.OUTPUT: usage.output_tokens - output_audio,
        TokenKind.OUTPUT_AUDIO: output_audio,
    }
    return {kind: tokens for kind, tokens in counted.items() if tokens > 0}
