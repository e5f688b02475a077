"""What tokens cost."""

from enum import StrEnum

import msgspec

from trilha_server.domain.span import Price, TokenUsage


class TokenKind(StrEnum):
    """Kinds of tokens that have a price each, in the order of bills. No token is of two kinds."""

    INPUT = "input"
    """Neither cached nor audio."""
    CACHE_READ = "cache_read"
    CACHE_WRITE = "cache_write"
    INPUT_AUDIO = "input_audio"
    OUTPUT = "output"
    """Reasoning too; not audio."""
    OUTPUT_AUDIO = "output_audio"


MAX_USD_PER_MILLION = 1e6
"""Who asks for more is mistaken."""


class PriceOverride(msgspec.Struct, frozen=True, kw_only=True):
    """What an experiment pays for a model's tokens, whatever the price list says."""

    provider: str = ""
    """As spans name it, in any spelling; empty for whichever."""
    model: str
    """As spans name it; `*` stands for any characters. Upper and lower case are the same."""
    from_ms: int = 0
    """Calls from this Unix time on, until a later override that fits as well."""
    usd_per_million: dict[str, float]
    """By `TokenKind`, input and output at least; the others cost what input and output do."""
    note: str = ""
    """For people: a contract, a reason."""
    create_time_ms: int = 0


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
    """Take usage apart so that every token is counted once; kinds without tokens are left out.

    Audio that was cached too counts as cached.
    """
    cache_read, cache_write = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    fresh = usage.input_tokens - cache_read - cache_write
    input_audio = min(usage.input_audio_tokens, fresh) if usage.input_audio_tokens else 0
    output_audio = min(usage.output_audio_tokens, usage.output_tokens) if usage.output_audio_tokens else 0
    tokens: dict[TokenKind, int] = {}
    if fresh > input_audio:
        tokens[TokenKind.INPUT] = fresh - input_audio
    if cache_read > 0:
        tokens[TokenKind.CACHE_READ] = cache_read
    if cache_write > 0:
        tokens[TokenKind.CACHE_WRITE] = cache_write
    if input_audio > 0:
        tokens[TokenKind.INPUT_AUDIO] = input_audio
    if usage.output_tokens > output_audio:
        tokens[TokenKind.OUTPUT] = usage.output_tokens - output_audio
    if output_audio > 0:
        tokens[TokenKind.OUTPUT_AUDIO] = output_audio
    return tokens


def charges(usage: TokenUsage, price: Price) -> list[Charge]:
    """Write the arithmetic of a cost, a line for each kind of tokens."""
    return [
        Charge(kind, tokens, price.usd_per_million.get(kind, 0.0)) for kind, tokens in tokens_by_kind(usage).items()
    ]
