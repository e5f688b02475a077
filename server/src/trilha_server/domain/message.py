"""What is said to a model and what it says: messages, tools and documents, the same whoever recorded them."""

from enum import StrEnum
from typing import TypeAlias

import msgspec

from trilha_server.domain.span import AttributeValue


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Text(msgspec.Struct, frozen=True, tag="text"):
    """Words."""

    text: str


class Reasoning(msgspec.Struct, frozen=True, tag="reasoning"):
    """What the model thought before it answered."""

    text: str


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call"):
    """The model asks for a tool."""

    name: str
    arguments: AttributeValue = None
    """Parsed where they are JSON, else the text as it came."""
    call_id: str | None = None


class ToolResult(msgspec.Struct, frozen=True, tag="tool_result"):
    """What a tool answered."""

    result: AttributeValue = None
    call_id: str | None = None
    name: str | None = None


class Media(msgspec.Struct, frozen=True, tag="media"):
    """A picture, a sound or a file."""

    kind: str
    """`image`, `audio`, `video` or `file`."""
    url: str | None = None
    """Where it is; data URLs too."""
    media_type: str | None = None


class Other(msgspec.Struct, frozen=True, tag="other"):
    """A part of a kind that nobody here knows, as it came."""

    value: AttributeValue


Part: TypeAlias = Text | Reasoning | ToolCall | ToolResult | Media | Other


class Message(msgspec.Struct, frozen=True):
    """One turn of one speaker."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    finish_reason: str | None = None

    @property
    def text(self) -> str:
        """The words of the message, without reasoning and tools."""
        return "\n".join(part.text for part in self.parts if isinstance(part, Text))


class ToolDefinition(msgspec.Struct, frozen=True):
    """A tool that the model may ask for."""

    name: str
    description: str | None = None
    parameters: AttributeValue = None
    """A JSON Schema."""


class Document(msgspec.Struct, frozen=True):
    """Something that was retrieved."""

    content: str
    document_id: str | None = None
    score: float | None = None
    metadata: dict[str, AttributeValue] = {}


class SpanContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a span was given and what it gave, in one shape for all conventions."""

    inputs: AttributeValue = None
    """`None` where no convention names any."""
    outputs: AttributeValue = None
    input_messages: tuple[Message, ...] = ()
    output_messages: tuple[Message, ...] = ()
    tools: tuple[ToolDefinition, ...] = ()
    documents: tuple[Document, ...] = ()
