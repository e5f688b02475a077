"""What a convention of attributes is: how its spans tell what they are."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, TypeVar

import msgspec
from trilha import names

from trilha_server.domain.message import Document, Message, ToolDefinition
from trilha_server.domain.span import AttributeValue, Cost, SpanEvent, TokenUsage

T = TypeVar("T")

Attributes: TypeAlias = Mapping[str, AttributeValue]


class Told(msgspec.Struct, frozen=True):
    """A span as its sender wrote it, or the part of it that a question needs."""

    name: str
    sent_scope_name: str
    attributes: Attributes
    events: Sequence[SpanEvent] = ()

    @property
    def scope_name(self) -> str:
        """Name of the instrumentation: an attribute tells it where spans of several were sent under one scope."""
        told = self.attributes.get(names.OTEL_SCOPE_NAME)
        return told if isinstance(told, str) else self.sent_scope_name


Reader: TypeAlias = Callable[[Told], T | None]
"""Reads one thing; `None` where the span does not tell it in this convention. Never raises on what it finds."""


def tells_nothing(_told: Told) -> None:
    """Stand in for what a convention has no words for."""


class Convention(msgspec.Struct, frozen=True, kw_only=True):
    """One way of writing traces. Where several have an answer, the first in the order of conventions has the word."""

    name: str
    fact_keys: frozenset[str] = frozenset()
    """The attributes that the facts below are read from; who has none of them is not asked.

    While spans are taken in, `Told.attributes` holds no others, and `Told.events` is empty.
    """

    words: frozenset[str] = frozenset()
    """The first words, up to a dot, of the keys and names of events that all else is read from: attributes such as
    `gen_ai.prompt` begin with `gen_ai`. Who has none of them is not asked; where the set is empty, everybody is.
    """

    # Facts: read once, when a span comes in, for trees, totals and search.
    span_type: Reader[str] = tells_nothing
    usage: Reader[TokenUsage] = tells_nothing
    cost: Reader[Cost] = tells_nothing
    model: Reader[str] = tells_nothing
    provider: Reader[str] = tells_nothing
    session: Reader[str] = tells_nothing
    user: Reader[str] = tells_nothing

    # What a root says of its trace: read once, from all its attributes and events.
    trace_name: Reader[str] = tells_nothing
    trace_tags: Reader[dict[str, str]] = tells_nothing

    # Content: read whenever a span is shown, from all its attributes and events.
    inputs: Reader[AttributeValue] = tells_nothing
    outputs: Reader[AttributeValue] = tells_nothing
    input_messages: Reader[Sequence[Message]] = tells_nothing
    output_messages: Reader[Sequence[Message]] = tells_nothing
    tools: Reader[Sequence[ToolDefinition]] = tells_nothing
    documents: Reader[Sequence[Document]] = tells_nothing
