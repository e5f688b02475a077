"""Messages of one turn that were recorded apart, put together."""

from collections.abc import Iterable

import msgspec

from trilha_server.domain.message import Message, Part, Role, Text, ToolCall


class Turn(msgspec.Struct, frozen=True):
    """A message as it was found."""

    message: Message
    is_loose: bool = False
    """The parts stood in a list of messages without a message around them."""


class _OpenTurn:
    """One turn of one speaker, while more of it may follow."""

    __slots__ = ("finish_reason", "has_call", "has_text", "is_loose", "name", "parts", "role")

    def __init__(self, turn: Turn) -> None:
        self.role = turn.message.role
        self.parts: list[Part] = []
        self.name: str | None = None
        self.finish_reason: str | None = None
        self.has_text = self.has_call = False
        self.is_loose = True
        self.add(turn)

    def add(self, turn: Turn) -> None:
        message = turn.message
        self.parts.extend(message.parts)
        self.name = self.name or message.name
        self.finish_reason = message.finish_reason or self.finish_reason
        kinds = set(map(type, message.parts))
        self.has_text = self.has_text or Text in kinds
        self.has_call = self.has_call or ToolCall in kinds
        self.is_loose = self.is_loose and turn.is_loose

    def goes_on_with(self, later: Turn) -> bool:
        """Tell whether the next is still the same turn."""
        if later.message.role is not self.role or self.role is Role.TOOL:
            return False
        if self.is_loose or later.is_loose:
            return True
        # Of some recorders a thought, or the wish for a tool, is a message of its own.
        return self.role is Role.ASSISTANT and not (self.is_whole and _OpenTurn(later).is_whole)

    @property
    def is_whole(self) -> bool:
        """Whether nothing shows that the turn goes on."""
        return self.has_text or (self.has_call and self.finish_reason is not None)

    def close(self) -> Message:
        return Message(self.role, tuple(self.parts), self.name, self.finish_reason)


def merged(turns: Iterable[Turn]) -> tuple[Message, ...]:
    """Put together what is one turn."""
    messages: list[Message] = []
    last: _OpenTurn | None = None
    for turn in turns:
        if last is not None and last.goes_on_with(turn):
            last.add(turn)
            continue
        if last is not None:
            messages.append(last.close())
        last = _OpenTurn(turn)
    if last is not None:
        messages.append(last.close())
    return tuple(messages)
