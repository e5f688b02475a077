"""What is going on in this thread or task: the span that is open, and what was said of all traces begun within."""

from contextlib import suppress
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import msgspec

from trilha._settings import Destination

if TYPE_CHECKING:
    from trilha._noop import NoOpSpan
    from trilha._span import OpenTrace, Span


class RemoteParent(msgspec.Struct, frozen=True, eq=False):
    """A span of another process that the spans here belong under."""

    trace_number: int
    number: int
    is_sampled: bool = True


Current: TypeAlias = "Span | NoOpSpan | RemoteParent | None"


class Surroundings(msgspec.Struct, frozen=True):
    """What traces take over from the blocks that they begin in."""

    tags: dict[str, str] = {}
    metadata: dict[str, str] = {}
    destination: Destination | None = None


class Bridge(Protocol):
    """Keeps the context of another tracing interface in step with ours."""

    def current(self) -> Current:
        """Return the open span that the other interface knows of and that is ours."""
        ...

    def enter(self, span: Current) -> Any:  # Any: the other's kind of token
        """Tell the other interface of a span that is open from now on."""
        ...

    def leave(self, token: Any) -> None:  # Any: what `enter` returned
        """Take the span back."""
        ...


Entered: TypeAlias = "tuple[Token[Current], Any]"  # Any: the bridge's token

current_span: "ContextVar[Current]" = ContextVar("trilha_current_span", default=None)
"""The innermost open span."""
surroundings: "ContextVar[Surroundings | None]" = ContextVar("trilha_surroundings", default=None)
last_trace: "ContextVar[OpenTrace | None]" = ContextVar("trilha_last_trace", default=None)
bridges: list[Bridge] = []
"""Empty, or one: OpenTelemetry's interface, once something in this process uses it with us."""


def current() -> Current:
    """Return the innermost open span."""
    if bridges:
        known = bridges[0].current()
        if known is not None:
            return known
    return current_span.get()


def enter(span: Current) -> Entered:
    """Make a span the current one."""
    token = bridges[0].enter(span) if bridges else None
    return current_span.set(span), token


def leave(entered: Entered) -> None:
    """Make the span current again that was before."""
    token, bridge_token = entered
    try:
        current_span.reset(token)
    except ValueError:
        # Entered in another context, as when the garbage collection closes a generator: nothing to take back here.
        return
    if bridge_token is not None:
        bridges[0].leave(bridge_token)


def leave_surroundings(token: "Token[Surroundings | None]") -> None:
    """Say of traces again what was said before."""
    with suppress(ValueError):  # from another context, as above
        surroundings.reset(token)
