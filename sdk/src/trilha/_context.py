"""What is going on in this thread or task: the span that is open, and what was said of all traces begun within."""

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trilha._span import Span

current_span: "ContextVar[Span | None]" = ContextVar("trilha_current_span", default=None)
"""The innermost open span."""


@dataclass(frozen=True)
class Surroundings:
    """What traces take over from the `context` blocks that they begin in."""

    is_enabled: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


surroundings: "ContextVar[Surroundings | None]" = ContextVar("trilha_surroundings", default=None)
