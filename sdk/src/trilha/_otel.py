"""OpenTelemetry's interface, made by us: what speaks it in this process lands in the same traces.

The context of that interface and ours are kept in step both ways: its spans come under ours, and ours under its.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, cast

from opentelemetry import context as otel_context
from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.trace.status import Status, StatusCode
from opentelemetry.util import types
from opentelemetry.util._decorator import _agnosticcontextmanager  # pyright: ignore[reportPrivateUsage]  # what its own tracers use

from trilha import _faults, names
from trilha._begin import new_span
from trilha._context import Current, RemoteParent, bridges, current
from trilha._export.encode import SPAN_KIND
from trilha._noop import NoOpSpan
from trilha._site import close
from trilha._span import Span, kept, now_ns
from trilha._span_parts import Link, SpanStatus, SpanStatusCode, error_told

_SAMPLED = otel.TraceFlags(otel.TraceFlags.SAMPLED)
_CODES = {
    StatusCode.UNSET: SpanStatusCode.UNSET,
    StatusCode.OK: SpanStatusCode.OK,
    StatusCode.ERROR: SpanStatusCode.ERROR,
}
_SCOPE_VERSION = "otel.scope.version"

open_in_libraries: dict[str, Callable[[], otel.Span | None]] = {}
"""Ways to ask for the span that a library has open here, of libraries that keep it out of the context; by package."""
muted_tracers: set[str] = set()
"""Tracers, by their names, that tell of what others tell better: they make no spans."""


class OtelSpan(otel.Span):
    """One of our spans, as OpenTelemetry's interface has it."""

    def __init__(self, span: Span, around: otel.Span) -> None:
        ids = _ids(span)
        self.span = span
        self.theirs = _theirs(around, ids)
        """The application's own span around this one: its further spans belong below that, and not below ours."""
        self._context = self.theirs or ids

    def get_span_context(self) -> otel.SpanContext:
        """Return the ids."""
        return self._context

    def is_recording(self) -> bool:
        """Tell whether the span still takes anything."""
        return not self.span.is_sealed

    def end(self, end_time: int | None = None) -> None:
        """End the span and hand it over."""
        if end_time is None:
            close(self.span)
        else:
            self.span.end(end_time_ns=end_time)

    def set_attribute(self, key: str, value: "types.AnyValue") -> None:  # a name that older versions do not have
        """Keep an attribute."""
        if self.is_recording() and value is not None:
            self.span.set_attribute(key, value)

    def set_attributes(self, attributes: "Mapping[str, types.AnyValue]") -> None:
        """Keep several attributes."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What is known of the span: not of the interface, yet instrumentations read it as the SDK has it."""
        return self.span.attributes

    _attributes = attributes

    def add_event(self, name: str, attributes: types.Attributes = None, timestamp: int | None = None) -> None:
        """Note something that happened."""
        if self.is_recording():
            self.span.note(name, timestamp or now_ns(), {key: kept(value) for key, value in (attributes or {}).items()})

    def add_link(self, context: otel.SpanContext, attributes: types.Attributes = None) -> None:
        """Point to another span."""
        if self.is_recording():
            self.span.add_link(_link(context, attributes))

    def update_name(self, name: str) -> None:
        """Change the name."""
        if self.is_recording():
            self.span.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Say how the step goes; what was said to be OK stays so, as the interface demands."""
        if not self.is_recording() or self.span.status_code == 1:
            return
        code, told = (status.status_code, status.description) if isinstance(status, Status) else (status, description)
        self.span.set_status(SpanStatus(_CODES[code], told or ""))

    def record_exception(
        self,
        exception: BaseException,
        attributes: types.Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,  # noqa: ARG002  # of no use, and gone from newer versions
    ) -> None:
        """Note an error; it says nothing yet of how the step goes."""
        if not self.is_recording():
            return
        try:
            told = {**error_told(exception), **(attributes or {})}
            self.span.note("exception", timestamp or now_ns(), told)
        except Exception as error:  # errors whose text cannot be made
            _faults.note("an error could not be told", error)


class Tracer(otel.Tracer):
    """Begins spans for one library."""

    def __init__(self, library: str, version: str | None = None) -> None:
        self._library = library
        self._version = version

    def start_span(  # noqa: PLR0913, PLR0917  # the interface's parameters
        self,
        name: str,
        context: Context | None = None,
        kind: otel.SpanKind = otel.SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[otel.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: ARG002  # for who makes the span the current one
        set_status_on_exception: bool = True,  # noqa: ARG002  # as above
    ) -> otel.Span:
        """Begin a span under that of the context, or under our current one."""
        around = otel.get_current_span(context)
        parent = current() if context is None else _parent(around, is_given=True)
        if self._library in muted_tracers:
            return _KeepsNothing(parent, around)
        span = new_span(name, "", parent)
        if isinstance(span, NoOpSpan):
            return _KeepsNothing(span, around)
        if start_time is not None:
            span.start_ns = start_time
        for key, value in (attributes or {}).items():
            span.set_attribute(key, value)
        for link in links or ():
            span.add_link(_link(link.context, link.attributes))
        span.set_attribute(names.OTEL_SCOPE_NAME, self._library)
        if self._version:
            span.set_attribute(_SCOPE_VERSION, self._version)
        if kind is not otel.SpanKind.INTERNAL:
            span.set_attribute(SPAN_KIND, kind.name)
        return OtelSpan(span, around)

    @_agnosticcontextmanager  # which may also decorate coroutines
    def start_as_current_span(  # noqa: PLR0913, PLR0917  # the interface's parameters
        self,
        name: str,
        context: Context | None = None,
        kind: otel.SpanKind = otel.SpanKind.INTERNAL,
        attributes: types.Attributes = None,
        links: Sequence[otel.Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
        end_on_exit: bool = True,
    ) -> Generator[otel.Span]:
        """Begin a span that is the current one inside of the block."""
        span = self.start_span(name, context, kind, attributes, links, start_time)
        with otel.use_span(
            span,
            end_on_exit=end_on_exit,
            record_exception=record_exception,
            set_status_on_exception=set_status_on_exception,
        ):
            yield span


class TracerProvider(otel.TracerProvider):
    """Gives libraries our tracers."""

    def get_tracer(  # the interface's parameters
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,  # noqa: ARG002
        attributes: types.Attributes = None,  # noqa: ARG002
    ) -> otel.Tracer:
        """Return a tracer for a library."""
        return Tracer(instrumenting_module_name, instrumenting_library_version)


class _OpenPlace(otel.ProxyTracerProvider):
    """Makes the spans of the whole process ours for as long as the application has set no provider of its own.

    Who asks takes it for OpenTelemetry's own placeholder, which says that none is set, and rightly so.
    """

    def get_tracer(self, *asked: Any, **named: Any) -> otel.Tracer:  # Any: the interface's, which grow
        """Return a tracer for a library."""
        return _OpenTracer(asked, named)


class _OpenTracer(otel.Tracer):
    """Begins spans of ours for one library until the application sets a provider, and from then on the provider's."""

    def __init__(self, asked: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._asked = asked
        self._named = named
        self._ours = _provider.get_tracer(*asked, **named)
        self._theirs: otel.Tracer | None = None

    def start_span(self, *args: Any, **kwargs: Any) -> otel.Span:  # Any: the interface's, handed on
        """Begin a span."""
        return self._tracer().start_span(*args, **kwargs)

    @_agnosticcontextmanager
    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Generator[otel.Span]:  # Any: as above
        """Begin a span that is the current one inside of the block."""
        with self._tracer().start_as_current_span(*args, **kwargs) as span:
            yield span

    def _tracer(self) -> otel.Tracer:
        provider = otel.get_tracer_provider()
        if provider is _place:
            return self._ours
        if self._theirs is None:
            self._theirs = provider.get_tracer(*self._asked, **self._named)
        return self._theirs


class _OtelBridge:
    """Keeps OpenTelemetry's context in step with ours."""

    def current(self) -> Current:
        known = _parent(otel.get_current_span(), is_given=False)
        for find in open_in_libraries.values():
            known = _inner(known, find)
        return known

    def enter(self, span: Current) -> Any:
        around = otel.get_current_span()
        shown = OtelSpan(span, around) if isinstance(span, Span) else _KeepsNothing(span, around)
        return otel_context.attach(otel.set_span_in_context(shown))

    def leave(self, token: Any) -> None:
        otel_context.detach(token)


class _KeepsNothing(otel.NonRecordingSpan):
    """What is open here as OpenTelemetry's interface has it, where that keeps nothing of what it is told."""

    def __init__(self, span: Current, around: otel.Span) -> None:
        ids = _ids(span)
        self.span = span
        self.theirs = _theirs(around, ids)
        super().__init__(self.theirs or ids)


_provider = TracerProvider()
_place = _OpenPlace()


def provider(*, is_global: bool = True) -> TracerProvider:
    """Return our provider, from now on in step with our own spans.

    It becomes that of the whole process until the application sets one of its own.
    """
    if not bridges:
        bridges.append(_OtelBridge())
    if is_global and isinstance(otel.get_tracer_provider(), otel.ProxyTracerProvider):
        # Not `otel.set_tracer_provider`, which can be called once in a process: that once is the application's.
        otel._TRACER_PROVIDER = _place  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # there is no public way
    return _provider


def _ids(span: Current) -> otel.SpanContext:
    """Write the ids of what is open here as the interface has them."""
    if isinstance(span, Span):
        return otel.SpanContext(span.trace.number, span.number, is_remote=False, trace_flags=_SAMPLED)
    if isinstance(span, NoOpSpan):
        return otel.SpanContext(span.trace_number, 0, is_remote=False)
    if isinstance(span, RemoteParent):
        flags = otel.TraceFlags(int(span.is_sampled))
        return otel.SpanContext(span.trace_number, span.number, is_remote=True, trace_flags=flags)
    return otel.INVALID_SPAN_CONTEXT


def _theirs(around: otel.Span, ids: otel.SpanContext) -> otel.SpanContext | None:
    """Find the application's own span that is open around one of ours: another provider's, in another trace."""
    if isinstance(around, OtelSpan | _KeepsNothing):
        return around.theirs
    context = around.get_span_context()
    is_theirs = context.is_valid and not context.is_remote and context.trace_id != ids.trace_id
    return context if is_theirs else None


def _parent(span: otel.Span, *, is_given: bool) -> Current:
    """Return the span of ours that a span of the interface stands for."""
    if isinstance(span, OtelSpan | _KeepsNothing):
        return span.span
    context = span.get_span_context()
    if context.is_valid and (context.is_remote or is_given):
        return RemoteParent(context.trace_id, context.span_id, context.trace_flags.sampled)
    return None


def _inner(known: Current, find: Callable[[], otel.Span | None]) -> Current:
    """Choose between the span of the context and that of a library: of two that are open here, the later is inside."""
    if isinstance(known, NoOpSpan):
        return known
    try:
        found = find()
    except Exception as error:  # the instrumentation's
        _faults.note("the open span of a library could not be found", error)
        return known
    if not isinstance(found, OtelSpan) or not found.is_recording():
        return known
    return known if isinstance(known, Span) and known.start_ns > found.span.start_ns else found.span


def _link(context: otel.SpanContext, attributes: types.Attributes) -> Link:
    told = cast("dict[str, Any]", dict(attributes or {}))
    return Link(f"tr-{context.trace_id:032x}", f"{context.span_id:016x}", told)
