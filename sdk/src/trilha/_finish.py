"""What is done to an ended span before it leaves the process, on the collector's thread."""

from collections.abc import Callable
from typing import Any, Final

from trilha import _faults, names
from trilha._export import process
from trilha._settings import settings
from trilha._span import Event, Span

SpanProcessor = Callable[[Span], Any]  # Any: what a processor returns is of no interest

_ERROR_KIND: Final = "exception.type"
_FIGURES: Final = frozenset(
    {
        names.CANCELLED,
        names.CHAT_TOKEN_USAGE,
        names.LLM_COST,
        names.LLM_MODEL,
        names.LLM_PROVIDER,
        names.OTEL_SCOPE_NAME,
        names.SPAN_FUNCTION_NAME,
        names.SPAN_LOG_LEVEL,
        names.SPAN_TYPE,
        "llm.model_name",
        "llm.provider",
        "llm.system",
        "openinference.span.kind",
        "otel.span.kind",
        "gen_ai.operation.name",
        "gen_ai.request.model",
        "gen_ai.response.model",
        "gen_ai.provider.name",
        "gen_ai.system",
    }
)
"""Attributes that say nothing of what was said."""
_COUNTS: Final = ("llm.token_count.", "gen_ai.usage.")
"""Beginnings of attributes that say nothing of it where they are numbers."""


class Rules:
    """What is done to each span. The spans that end under some rules are sent under them, whatever comes later."""

    def __init__(self, processors: tuple[SpanProcessor, ...] = (), captures_content: bool | None = None) -> None:
        self.processors = processors
        self.captures_content = captures_content
        """Whether content leaves the process; `None` leaves it to the settings."""

    def settle(self) -> None:
        """Do as the settings say now, even if they change."""
        if self.captures_content is None:
            self.captures_content = settings().captures_content

    def finish(self, span: Span) -> bool:
        """Complete what a trace says of itself, and have the span looked through; says whether it may be another now.

        Raises where a processor does.
        """
        try:
            return self._look_through(span)
        except Exception:
            _empty(span)  # which is sent with even less
            raise
        finally:
            for watch in watchers:
                watch(span)

    def _look_through(self, span: Span) -> bool:
        if span.is_local_root:
            _complete(span)
        captures = settings().captures_content if self.captures_content is None else self.captures_content
        if not captures:
            _empty(span)
        if not self.processors:
            return False
        span.is_sealed = False  # the processors' to change
        try:
            for processor in self.processors:
                processor(span)
        except Exception as error:
            _faults.warn_once("a span processor failed; spans that it fails for are sent without what they hold", error)
            _withhold_trace(span)
            raise
        finally:
            span.is_sealed = True
        return True


watchers: list[Callable[[Span], None]] = []
"""Who is shown each span as it leaves the process, and never raises: notebooks alone."""
_now: list[Rules] = [Rules()]
"""The rules for what ends from now on."""


def configure(processors: tuple[SpanProcessor, ...] | None, captures_content: bool | None) -> Rules:
    """Set what is done to spans; `None` leaves it as it is. Returns what was done before."""
    for processor in processors or ():
        if not callable(processor):
            raise TypeError("a span processor is a function that takes a span")
    before = _now[0]
    use(
        Rules(
            before.processors if processors is None else processors,
            before.captures_content if captures_content is None else captures_content,
        )
    )
    return before


def use(rules: Rules) -> None:
    """Do this to all that ends from now on."""
    _now[0].settle()
    _now[0] = rules
    process.look_through(rules.finish)


def forget() -> None:
    """Do nothing more than at the beginning."""
    use(Rules())


def finish(span: Span) -> None:
    """Do what is done now, at once. Raises where a processor does."""
    _now[0].finish(span)


def install() -> None:
    """Have all ended spans come here."""
    process.look_through(_now[0].finish)


def _complete(span: Span) -> None:
    """Add what is the same for all traces of this process, where the trace says nothing else."""
    from trilha._source import source_metadata  # noqa: PLC0415  # the collector's thread has the time, an import has not

    trace = span.trace
    trace.metadata = {**source_metadata(), **trace.metadata}
    trace.tags = {**settings().default_tags, **trace.tags}


def _empty(span: Span) -> None:
    """Take all content out: names, times, figures and kinds of errors remain."""
    span.inputs_kept = span.outputs_kept = span.description = None
    span.links_kept = [(trace_id, span_id, {}) for trace_id, span_id, _ in span.links_kept or ()]
    attributes = span.attributes_kept or {}
    span.attributes_kept = {key: value for key, value in attributes.items() if _is_figure(key, value)}
    span.events_kept = [
        Event(event.name, event.time_ns, {key: told for key, told in event.attributes.items() if key == _ERROR_KIND})
        for event in span.events_kept or ()
    ]
    kinds = [str(event.attributes[_ERROR_KIND]) for event in span.events_kept if _ERROR_KIND in event.attributes]
    span.status_message = kinds[-1].rpartition(".")[2] if kinds and span.status_message else ""
    _withhold_trace(span)


def _is_figure(key: str, value: object) -> bool:
    return key in _FIGURES or (key.startswith(_COUNTS) and isinstance(value, int | float))


def _withhold_trace(span: Span) -> None:
    if span.is_local_root:
        span.trace.request_preview = span.trace.response_preview = None
