"""How this process traces: switches, surroundings, redaction, and the way across threads and processes."""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from trilha import _active_version, _finish, _settings
from trilha._begin import place
from trilha._context import Surroundings, current, enter, leave, leave_surroundings, surroundings
from trilha._export import process
from trilha._export.stats import Stats
from trilha._noop import NoOpSpan
from trilha._span import Span
from trilha._words import TAGS, set_texts
from trilha.names import CHAT_TOOLS, TRACE_SESSION, TRACE_USER
from trilha.tracing._headers import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from trilha.tracing.threads import instrument_threads, propagate

if TYPE_CHECKING:
    from trilha._otel import TracerProvider
    from trilha.tracing import asgi, attachments, masks, wsgi

__all__ = [
    "asgi",
    "attachments",
    "configure",
    "context",
    "disable",
    "disable_notebook_display",
    "enable",
    "enable_notebook_display",
    "get_bridged_tracer_provider",
    "get_tracing_context_headers_for_http_request",
    "instrument_threads",
    "is_enabled",
    "masks",
    "propagate",
    "reset",
    "set_destination",
    "set_span_chat_tools",
    "set_tracing_context_from_http_request_headers",
    "shutdown",
    "stats",
    "tracer_provider",
    "wsgi",
]

if not TYPE_CHECKING:  # type checkers are to know a name that is misspelt
    import importlib
    from types import ModuleType

    _LATER = frozenset({"asgi", "attachments", "masks", "wsgi"})
    """Modules that are loaded when they are first used."""

    def __getattr__(name: str) -> ModuleType:
        if name in _LATER:
            return importlib.import_module(f"trilha.tracing.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def enable() -> None:
    """Trace from now on."""
    _settings.change(is_enabled=True)


def disable() -> None:
    """Begin no more traces. Those that are going on go on."""
    _settings.change(is_enabled=False)


def is_enabled() -> bool:
    """Tell whether a trace would be begun here."""
    return _settings.settings().is_enabled and not isinstance(current(), NoOpSpan)


def configure(
    span_processors: Iterable[Callable[[Span], Any]] | None = None, *, captures_content: bool | None = None
) -> AbstractContextManager[object]:
    """Set what is done to each span that ends from now on before it leaves the process, or that no content leaves it.

    In a `with` statement, until the block ends. A processor takes a span and changes it: `span.set_inputs(...)`. It
    runs on a thread of its own. Where one raises, the span is sent without anything that it held.
    `captures_content=False` keeps names, times and figures only.
    """
    before = _finish.configure(None if span_processors is None else tuple(span_processors), captures_content)
    until = ExitStack()
    until.callback(_finish.use, before)
    return until


def shutdown(timeout_s: float | None = None) -> bool:
    """Begin no more traces, and wait until the server has those that ended; tells whether it has.

    It waits as long as an ending process does, unless told how long. What is not sent by then is sent if the process
    goes on.
    """
    disable()
    return process.flush(_settings.settings().exit_timeout_s if timeout_s is None else timeout_s)


def stats() -> Stats:
    """Count what this process has made, sent and dropped."""
    return process.stats()


def tracer_provider(*, is_global: bool = True) -> "TracerProvider":
    """Return our provider of OpenTelemetry's interface, whose spans and ours are parts of the same traces.

    It becomes that of the whole process until the application sets one of its own; with `is_global=False`, not at all.
    """
    from trilha import _otel  # noqa: PLC0415  # OpenTelemetry is loaded for those who use it

    return _otel.provider(is_global=is_global)


def get_bridged_tracer_provider() -> "TracerProvider":
    """Return our provider of OpenTelemetry's interface, for one instrumentation: `instrument(tracer_provider=…)`."""
    return tracer_provider(is_global=False)


def set_span_chat_tools(span: Span | None, tools: Sequence[Any]) -> None:
    """Say which tools a language model may call: dictionaries, or models of pydantic. Of no span, nothing is said."""
    if span is not None:
        span.set_attribute(CHAT_TOOLS, tools)


def enable_notebook_display() -> None:
    """Show traces below the cells of a notebook in which they end: as it is until somebody disables it."""
    from trilha._notebook import cells  # noqa: PLC0415  # for notebooks alone

    cells.enable()


def disable_notebook_display() -> None:
    """Show no traces below cells, nor those that are a cell's result as more than their id."""
    from trilha._notebook import cells  # noqa: PLC0415  # for notebooks alone

    cells.disable()


def reset() -> None:
    """Forget processors and destinations, and read the environment again."""
    _finish.forget()  # first: what has ended is sent as the settings were
    _settings.forget()
    _active_version.forget()
    surroundings.set(None)


def set_destination(destination: Any, *, context_local: bool = False) -> None:
    """Send traces to another experiment: its location, id or name; `context_local`: of this thread or task alone."""
    known = place(destination)
    if known is None:
        return
    if context_local:
        around = surroundings.get() or Surroundings()
        surroundings.set(Surroundings(around.tags, around.metadata, known))
    else:
        _settings.change(destination=known)


@contextmanager
def context(
    metadata: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    enabled: bool | None = None,
    session_id: str | None = None,
    user: str | None = None,
) -> Generator[None]:
    """Say something of the traces that begin inside of the block, and of the one that it is in."""
    told = _told(metadata, tags, session_id, user)
    around = surroundings.get() or Surroundings()
    inner = Surroundings({**around.tags, **told.tags}, {**around.metadata, **told.metadata}, around.destination)
    span = current()
    if isinstance(span, Span) and not span.trace.is_ended:
        span.trace.tags.update(told.tags)
        span.trace.metadata.update(told.metadata)
    surroundings_token = surroundings.set(inner)
    entered = None
    if enabled is False:
        entered = enter(NoOpSpan(hidden=span))
    elif enabled and isinstance(span, NoOpSpan):
        entered = enter(span.hidden)
    try:
        yield
    finally:
        leave_surroundings(surroundings_token)
        if entered is not None:
            leave(entered)


def _told(
    metadata: Mapping[str, Any] | None, tags: Mapping[str, Any] | None, session_id: str | None, user: str | None
) -> Surroundings:
    told = Surroundings({}, {})
    set_texts(told.tags, tags, TAGS)
    set_texts(told.metadata, metadata, "metadata")
    set_texts(told.metadata, {TRACE_SESSION: session_id, TRACE_USER: user}, "session and user")
    return told
