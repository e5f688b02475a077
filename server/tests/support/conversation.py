"""The conversation that libraries held under real instrumentations, and what each instrumentation tells of it."""

from collections.abc import Iterable

import msgspec
from trilha_server.domain.message import Message, Part, Reasoning, Text, ToolCall, ToolResult
from trilha_server.domain.span import AttributeValue, TokenUsage

MODEL, CLAUDE = "gpt-4o-mini", "claude-sonnet-4-5"
SYSTEM, QUESTION, ANSWER = "You help the customers of a shop.", "Where is my order 17?", "It arrives tomorrow."
THOUGHT = "The state of the order must be looked up."
TOOL, TOOL_TEXT = "find_order", "Look up the state of an order."
ARGUMENTS: dict[str, AttributeValue] = {"number": 17}
FOUND: dict[str, AttributeValue] = {"number": 17, "arrives": "tomorrow"}
CALL_ID = "call_17"
AS_ARGUMENT = '{"question": "Where is my order 17?"}'
SESSION, USER = "session-17", "ana"
MODEL_TYPES = {"LLM", "CHAT_MODEL"}
ALWAYS = {"input_tokens", "output_tokens", "total_tokens"}

Told = list[tuple[str, tuple[Part, ...]]]


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """One library under one instrumentation, and what that leaves out."""

    library: str
    call: str
    instrumentation: str | None = None
    """`None` where the library tells of itself."""
    model: str = MODEL
    provider: str | None = "openai"
    thinks: bool = False
    """Whether the thought is in what the first call gave."""
    remembers: bool = False
    """Whether the thought is in what the second call was given."""
    counts_writes: bool = True
    counts_thoughts: bool = True
    also_counts: int = 0
    """Tokens that the instrumentation adds to each answer by mistake."""
    call_id: str = CALL_ID
    loses_calls: bool = False
    """Whether it forgets what was called, by mistake."""
    names_session: bool = True
    names_user: bool = True
    system: str = SYSTEM
    request_preview: str = QUESTION
    response_preview: str = ANSWER

    @property
    def file(self) -> str:
        """Name what was recorded."""
        return "_".join([part for part in (self.library, self.instrumentation) if part])

    @property
    def label(self) -> str:
        """Name the way as the program that goes it does."""
        return " ".join([part for part in (self.library, self.call, self.instrumentation) if part])

    @property
    def usage(self) -> tuple[TokenUsage, TokenUsage]:
        """Say what the two calls took."""
        more = self.also_counts
        first = TokenUsage(120, 18 + more, 138 + more, 64, 16 if self.counts_writes else None)
        second = TokenUsage(160, 12 + more, 172 + more, 96)
        if self.counts_thoughts:
            first = msgspec.structs.replace(first, reasoning_tokens=8)
            second = msgspec.structs.replace(second, reasoning_tokens=4)
        return first, second

    @property
    def said(self) -> tuple[Told, Told, Told, Told]:
        """Say what the two calls were given and gave."""
        thought = (Reasoning(THOUGHT),)
        call = (ToolCall(TOOL, ARGUMENTS, self.call_id),)
        asked: Told = [("system", (Text(self.system),)), ("user", (Text(QUESTION),))]
        remembered: Told = [
            ("assistant", (*(thought if self.remembers else ()), *call)),
            ("tool", (ToolResult(FOUND, CALL_ID),)),
        ]
        return (
            asked,
            [("assistant", () if self.loses_calls else (*(thought if self.thinks else ()), *call))],
            [*asked, *remembered],
            [("assistant", (Text(ANSWER),))],
        )


def of_openai(instrumentation: str, call: str, **differs: object) -> Way:
    """Make a way of OpenAI's client."""
    return msgspec.convert({"library": "openai", "call": call, "instrumentation": instrumentation, **differs}, Way)


def of_anthropic(instrumentation: str, call: str, **differs: object) -> Way:
    """Make a way of Anthropic's client, which always thinks; nobody counts its thoughts."""
    known = {"library": "anthropic", "model": CLAUDE, "provider": "anthropic", "thinks": True, "counts_thoughts": False}
    return msgspec.convert({"call": call, "instrumentation": instrumentation, **known, **differs}, Way)


CONVERSATIONS = [
    of_openai("openinference", "chat"),
    of_openai("openinference", "stream"),
    of_openai("openinference", "responses", thinks=True, remembers=True),
    of_openai("openinference", "responses_stream"),
    of_openai("genai", "chat"),
    of_openai("genai", "stream"),
    of_openai("genai", "responses", remembers=True),
    of_openai("genai", "responses_stream"),
    of_openai("openllmetry", "chat", counts_writes=False),
    of_openai("openllmetry", "stream", counts_writes=False, counts_thoughts=False),
    of_openai("openllmetry", "responses", counts_writes=False, thinks=True, call_id="fc_1"),
    of_openai("openllmetry", "responses_stream", counts_writes=False, call_id="fc_1"),
    of_anthropic("openinference", "chat", remembers=True),
    of_anthropic("openinference", "stream"),
    of_anthropic("openinference", "stream_helper", remembers=True),
    of_anthropic("genai", "chat", remembers=True),
    of_anthropic("genai", "stream"),
    of_anthropic("genai", "stream_helper", remembers=True),
    of_anthropic("openllmetry", "chat", remembers=True),
    of_anthropic("openllmetry", "stream", also_counts=1),
    of_anthropic("openllmetry", "stream_helper", remembers=True, also_counts=1),
]
"""Held within a span of the application, which does not tell what was said."""

AGENTS = [
    Way(library="langchain", call="graph", instrumentation="openinference", counts_writes=False, names_user=False),
    Way(library="langchain", call="graph", instrumentation="openllmetry", counts_thoughts=False),
    Way(library="pydantic_ai", call="agent", names_user=False),
    Way(library="pydantic_ai", call="stream", names_user=False),
    Way(library="langfuse", call="wrapped", provider=None),
    Way(library="langsmith", call="agent", counts_writes=False, names_user=False, request_preview=AS_ARGUMENT),
    Way(library="laminar", call="agent", counts_writes=False, request_preview=AS_ARGUMENT),
]
"""Held by agents, which tell what they were asked and what they answered."""

RECORDED_ONLY = [
    Way(
        library="google_adk",
        call="agent",
        model="gemini-2.5-flash",
        provider="gcp.gemini",
        counts_writes=False,
        names_user=False,
        system=f'{SYSTEM}\n\nYou are an agent. Your internal name is "shop_agent".',
    ),
    of_openai("openllmetry_old", "chat", counts_writes=False, counts_thoughts=False),
    of_anthropic("openllmetry_old", "chat", remembers=True),
    Way(library="pydantic_ai", call="agent", instrumentation="old", names_session=False, names_user=False),
]
"""Recorded once: Google ADK 2.13, OpenLLMetry 0.40 and Pydantic AI 0.4 need other versions than the rest."""

OF_OPENAI = ["openinference", "genai", "openllmetry"]
"""Instrumentations of OpenAI's client."""

QUESTIONS = [
    *(of_openai(instrumentation, "ask") for instrumentation in OF_OPENAI),
    Way(library="langchain", call="chain", instrumentation="openinference"),
    Way(library="langchain", call="chain", instrumentation="openllmetry", request_preview=AS_ARGUMENT),
    Way(library="langfuse", call="by_hand"),
]
"""Asked once, without tools."""


def told(messages: Iterable[Message]) -> Told:
    """Take away what only some instrumentations tell: names of speakers and of tools that answer, reasons to end."""
    return [(message.role.value, tuple(map(_nameless, message.parts))) for message in messages]


def counted(usage: TokenUsage | None) -> TokenUsage | None:
    """Take none for not told: who has none of a kind need not say so."""
    if usage is None:
        return None
    kinds = {kind: tokens or None for kind, tokens in msgspec.structs.asdict(usage).items() if kind not in ALWAYS}
    return msgspec.structs.replace(usage, **kinds)


def _nameless(part: Part) -> Part:
    return msgspec.structs.replace(part, name=None) if isinstance(part, ToolResult) else part
