"""What the endpoints of language models say: the same short conversation in every protocol."""

from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any
"""What `json` reads and writes."""

ANSWER = "It arrives tomorrow."
THOUGHT = "The state of the order must be looked up."
CALL_ID = "call_17"
ARGUMENTS = {"number": 17}
EMBEDDING = [0.25, -0.5, 0.75]
EMBEDDING_TOKENS = 7
FAILURES = {"a-broken-model": (500, "server_error"), "a-busy-model": (429, "rate_limit_exceeded")}
"""Models that always fail, by name: how."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Tokens as a provider counts them."""

    input_tokens: int
    """All of them: those that were cached too."""
    output_tokens: int
    """All of them: those of thoughts too."""
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    """Only OpenAI's protocols can tell."""

    @property
    def total_tokens(self) -> int:
        """What went in and came out."""
        return self.input_tokens + self.output_tokens

    @property
    def has_kinds(self) -> bool:
        """Tell whether there are tokens of a kind; providers that know no kinds leave them out."""
        return any((self.cache_read_tokens, self.cache_write_tokens, self.reasoning_tokens))


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the model says once: words, or a call of the first tool that it was offered."""

    text: str | None = None
    tool: str | None = None
    thought: str | None = None
    """Said where the protocol shows thoughts and the request asks for them."""
    counted: Counted

    @property
    def pieces(self) -> list[str]:
        """Cut what is said, as it comes in a stream."""
        return [piece for piece in (self.text or "").partition(" ") if piece]


WITHOUT_TOOLS = Counted(input_tokens=21, output_tokens=5)
CALLING = Counted(input_tokens=120, output_tokens=18, cache_read_tokens=64, cache_write_tokens=16, reasoning_tokens=8)
ANSWERING = Counted(input_tokens=160, output_tokens=12, cache_read_tokens=96, reasoning_tokens=4)


def turn(tools: list[str], *, is_answered: bool) -> Turn:
    """Choose what is said next. `is_answered` tells whether the result of a tool is there."""
    if not tools:
        return Turn(text=ANSWER, counted=WITHOUT_TOOLS)
    if is_answered:
        return Turn(text=ANSWER, counted=ANSWERING)
    return Turn(tool=tools[0], thought=THOUGHT, counted=CALLING)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint answers: a document, or the events of a stream."""

    document: Json = None
    events: list[tuple[str | None, Json]] | None = None
    """Name, where the protocol has names, and data, which may be words too."""
