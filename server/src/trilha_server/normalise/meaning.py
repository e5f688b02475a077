"""What a span means, whichever convention it is written in."""

import json
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import msgspec
from trilha import names

from trilha_server.domain.message import Message, Role, SpanContent
from trilha_server.domain.span import UNKNOWN_TYPE, AttributeValue, Cost, Span, TokenUsage
from trilha_server.normalise.convention import Convention, Reader, Told, tells_nothing
from trilha_server.normalise.conventions import (
    claude_code,
    gemini_cli,
    genai,
    google_adk,
    laminar,
    langfuse,
    langsmith,
    livekit,
    mlflow,
    openinference,
    pipecat,
    pydantic_ai,
    spring_ai,
    strands,
    traceloop,
    vercel,
    voltagent,
)

T = TypeVar("T")

PREVIEW_CHARS = 1000  # MLflow cuts previews there on its own servers

_NOTHING = ("", ())

_encode = msgspec.json.Encoder().encode
_encoder = json.JSONEncoder(ensure_ascii=False, default=str)

CONVENTIONS: tuple[Convention, ...] = (
    mlflow.CONVENTION,
    openinference.CONVENTION,
    # Those with marks of their own, which write some of GenAI's attributes too, in part with other meanings.
    gemini_cli.CONVENTION,
    claude_code.CONVENTION,
    vercel.CONVENTION,
    voltagent.CONVENTION,
    livekit.CONVENTION,
    google_adk.CONVENTION,
    spring_ai.CONVENTION,
    strands.CONVENTION,
    pipecat.CONVENTION,
    laminar.CONVENTION,
    langfuse.CONVENTION,
    langsmith.CONVENTION,
    traceloop.CONVENTION,
    pydantic_ai.CONVENTION,
    genai.CONVENTION,
)
"""Where several have an answer, the first has the word."""

FACT_KEYS: frozenset[str] = frozenset({names.OTEL_SCOPE_NAME}).union(*(one.fact_keys for one in CONVENTIONS))
"""Attributes that every span is asked for while it is taken in."""


class RootMeaning(msgspec.Struct, frozen=True, kw_only=True):
    """What a root tells of its trace."""

    name: str | None
    """The trace's, if it is another than the span's."""
    tags: dict[str, str]
    """In all conventions together."""
    request_preview: str | None
    response_preview: str | None


class SpanMeaning(msgspec.Struct, frozen=True):
    """The facts of a span that its attributes tell."""

    span_type: str = UNKNOWN_TYPE
    usage: TokenUsage | None = None
    cost: Cost | None = None
    model: str | None = None
    provider: str | None = None
    session: str | None = None
    user: str | None = None


NO_MEANING = SpanMeaning()
"""Of a span that has none of `FACT_KEYS`."""


def _bits_by_name(names: Sequence[frozenset[str]]) -> dict[str, int]:
    bits: dict[str, int] = {}
    for index, of_convention in enumerate(names):
        for name in of_convention:
            bits[name] = bits.get(name, 0) | 1 << index
    return bits


# Which conventions read what, a bit for each: spans are many, and most speak one convention.
_ASKED_BY_KEY = _bits_by_name([convention.fact_keys for convention in CONVENTIONS])
_ASKED_BY_WORD = _bits_by_name([convention.words for convention in CONVENTIONS])
_ALWAYS_ASKED = sum(1 << index for index, convention in enumerate(CONVENTIONS) if not convention.words)


def _asked_for_content(told: Told) -> int:
    asked = _ALWAYS_ASKED
    for key in told.attributes:
        asked |= _ASKED_BY_WORD.get(key.partition(".")[0], 0)
    for event in told.events:
        asked |= _ASKED_BY_WORD.get(event.name.partition(".")[0], 0)
    return asked


@cache
def _readers(asked: int, name: str) -> tuple[Reader[Any], ...]:  # Any: of what type, the field of that name says
    """Gather the readers of one thing, of the conventions that have something to say."""
    readers = (getattr(convention, name) for index, convention in enumerate(CONVENTIONS) if asked >> index & 1)
    return tuple(reader for reader in readers if reader is not tells_nothing)


@cache
def _fact_readers(asked: int) -> tuple[tuple[Reader[Any], ...], ...]:  # Any: as above
    return tuple(_readers(asked, name) for name in SpanMeaning.__struct_fields__)


def told_by(span: Span) -> Told:
    """Take a whole span as its conventions see it."""
    return Told(span.facts.name, span.scope_name, span.attributes, span.events)


def facts_of(told: Told) -> SpanMeaning:
    """Read the facts of a span from its attributes among `FACT_KEYS`."""
    asked = 0
    for key in told.attributes:
        asked |= _ASKED_BY_KEY.get(key, 0)
    if not asked:
        return NO_MEANING
    span_type, usage, cost, model, provider, session, user = _fact_readers(asked)
    return SpanMeaning(
        _first(told, span_type) or UNKNOWN_TYPE,
        _first(told, usage),
        _first(told, cost),
        _first(told, model),
        _first(told, provider),
        _first(told, session),
        _first(told, user),
    )


def with_model_of_content(meaning: SpanMeaning, told: Told) -> SpanMeaning:
    """Look for the model in the request and the response, where older clients of MLflow leave it."""
    asked = _asked_for_content(told)
    for name in ("outputs", "inputs"):
        content: AttributeValue = _first(told, _readers(asked, name))
        model = content.get("model") if isinstance(content, dict) else None
        if isinstance(model, str) and model:
            return msgspec.structs.replace(meaning, model=model)
    return meaning


def payload_of(told: Told) -> SpanContent:
    """Read what a span was given and what it gave, without the messages and documents that may stand in it."""
    return _payload(told, _asked_for_content(told))


def content_of(told: Told) -> SpanContent:
    """Read what a span was given and what it gave."""
    asked = _asked_for_content(told)
    return msgspec.structs.replace(
        _payload(told, asked),
        input_messages=tuple(_first(told, _readers(asked, "input_messages")) or ()),
        output_messages=tuple(_first(told, _readers(asked, "output_messages")) or ()),
        documents=tuple(_first(told, _readers(asked, "documents")) or ()),
    )


def messages_of(told: Told) -> tuple[Sequence[Message], Sequence[Message]]:
    """Read the messages that a span was given and those that it gave, and nothing else."""
    asked = _asked_for_content(told)
    given, said = (_first(told, _readers(asked, name)) for name in ("input_messages", "output_messages"))
    return given or (), said or ()


def _payload(told: Told, asked: int) -> SpanContent:
    return SpanContent(
        inputs=_first(told, _readers(asked, "inputs")),
        outputs=_first(told, _readers(asked, "outputs")),
        tools=tuple(_first(told, _readers(asked, "tools")) or ()),
    )


def previews_of(told: Told) -> tuple[str | None, str | None]:
    """Write the last words of the user and of the model, or else inputs and outputs, for display.

    `None` where the span does not say.
    """
    return _previews(told, _asked_for_content(told))


def root_of(told: Told) -> RootMeaning:
    """Read what a root tells of its trace."""
    asked = _asked_for_content(told)
    request_preview, response_preview = _previews(told, asked)
    tags: dict[str, str] = {}
    for reader in reversed(_readers(asked, "trace_tags")):
        tags |= reader(told) or {}
    return RootMeaning(
        name=_first(told, _readers(asked, "trace_name")),
        tags=tags,
        request_preview=request_preview,
        response_preview=response_preview,
    )


def _previews(told: Told, asked: int) -> tuple[str | None, str | None]:
    user_said = _last_words(_first(told, _readers(asked, "input_messages")) or (), Role.USER)
    model_said = _last_words(_first(told, _readers(asked, "output_messages")) or (), Role.ASSISTANT)
    return (
        preview(user_said) if user_said else _preview_of(_first(told, _readers(asked, "inputs"))),
        preview(model_said) if model_said else _preview_of(_first(told, _readers(asked, "outputs"))),
    )


def preview(text: str, limit_chars: int = PREVIEW_CHARS) -> str:
    """Cut a text for display."""
    return text if len(text) <= limit_chars else text[: limit_chars - 3] + "..."


def _first(told: Told, readers: Iterable[Reader[T]]) -> T | None:
    """Ask one after the other until one has something to say."""
    for reader in readers:
        answer = reader(told)
        if answer is not None and answer not in _NOTHING:
            return answer
    return None


def _last_words(messages: Sequence[Message], role: Role) -> str | None:
    return next((text for message in reversed(messages) if message.role is role and (text := message.text)), None)


def _preview_of(value: AttributeValue) -> str | None:
    if value is None or value == "":
        return None
    return preview(value if isinstance(value, str) else _spaced_json(value))


def _spaced_json(value: AttributeValue) -> str:
    """Write JSON with the spaces that Python writes: MLflow's clients make the same previews themselves."""
    try:
        return msgspec.json.format(_encode(value), indent=0).decode()  # Python's own takes three times as long
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
        return _encoder.encode(value)
