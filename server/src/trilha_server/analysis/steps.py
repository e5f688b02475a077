"""The spans of a trace that a transcript is made of, read so that what is said again and again is kept once."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from trilha_server.domain.ids import TraceId
from trilha_server.domain.message import (
    Document,
    Media,
    Message,
    Other,
    Part,
    Reasoning,
    Role,
    Text,
    ToolCall,
    ToolResult,
)
from trilha_server.domain.span import AttributeValue, Span, SpanFacts, SpanStatus
from trilha_server.normalise.meaning import content_of, messages_of, payload_of, told_by
from trilha_server.normalise.tool_span import call_id_of, error_of, tool_names_of
from trilha_server.ports import TraceReader

MODEL_TYPES = frozenset({"LLM", "CHAT_MODEL"})
TOOL_TYPE = "TOOL"
RETRIEVER_TYPES = frozenset({"RETRIEVER", "RERANKER"})

_encoder = msgspec.json.Encoder(order="deterministic")


class Said(msgspec.Struct, frozen=True):
    """A message, and what it is known by wherever it is repeated."""

    message: Message
    key: bytes
    """The same for messages of one role and content: thoughts, ids of calls and reasons to end are often left out."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What a transcript needs of one span."""

    facts: SpanFacts
    error: str | None
    """`None` where it did not fail."""
    inputs: AttributeValue = None
    outputs: AttributeValue = None
    heard: tuple[Said, ...] = ()
    """The messages that were given."""
    said: tuple[Said, ...] = ()
    documents: tuple[Document, ...] = ()
    call_id: str | None = None
    tool_names: tuple[str, ...] = ()


class Steps:
    """Turns spans into steps."""

    def __init__(self) -> None:
        self._known: dict[bytes, Said] = {}

    def step(self, span: Span) -> Step:
        """Read a span."""
        facts = span.facts
        error = (error_of(span) or "failed") if facts.status is SpanStatus.ERROR else None
        told = told_by(span)
        if facts.span_type == TOOL_TYPE:
            content = payload_of(told)
            return Step(
                facts=facts,
                error=error,
                inputs=content.inputs,
                outputs=content.outputs,
                call_id=call_id_of(span, content.outputs),
                tool_names=tool_names_of(span),
            )
        if facts.span_type in RETRIEVER_TYPES:
            content = content_of(told)
            return Step(facts=facts, error=error, inputs=content.inputs, documents=content.documents)
        heard, said = messages_of(told)
        if not heard or not said:
            content = payload_of(told)
            heard = heard or _as_message(Role.USER, content.inputs)
            said = said or _as_message(Role.ASSISTANT, content.outputs)
        return Step(facts=facts, error=error, heard=self._all_said(heard), said=self._all_said(said))

    def _all_said(self, messages: Iterable[Message]) -> tuple[Said, ...]:
        return tuple(map(self._one_said, messages))

    def _one_said(self, message: Message) -> Said:
        digest = _digest(message)
        known = self._known.get(digest)
        if known is None:
            known = self._known[digest] = Said(message, key_of(message))
        return known


def read_steps(reader: TraceReader, trace_id: TraceId, structure: Sequence[SpanFacts]) -> list[Step]:
    """Read the steps of a trace by start time: calls of models, tools and retrievers, or at least the root."""
    wanted = {facts.span_id for facts in structure if _is_step(facts)}
    if structure and not any(facts.span_type in MODEL_TYPES for facts in structure):
        wanted.add(root_of(structure).span_id)
    reading = Steps()
    found = [reading.step(span) for span in reader.spans(trace_id, list(wanted))]
    return sorted(found, key=lambda step: (step.facts.start_ns, step.facts.span_id))


def root_of(structure: Sequence[SpanFacts]) -> SpanFacts:
    """Find the span that stands for the trace."""
    return next((facts for facts in structure if facts.parent_id is None), structure[0])


def key_of(message: Message) -> bytes:
    """Name a message by its content."""
    told = [_content(part) for part in message.parts if not isinstance(part, Reasoning)]
    return _digest((message.role, told or [_content(part) for part in message.parts]))


def _content(part: Part) -> tuple[str, object]:
    match part:
        case Text(text=text) | Reasoning(text=text):
            return "text", text.strip()
        case ToolCall(name=name, arguments=arguments):
            return "call", (name, arguments)
        case ToolResult(result=result):
            return "result", result
        case Media(url=url, kind=kind):
            return kind, url
        case Other(value=value):
            return "other", value


def _is_step(facts: SpanFacts) -> bool:
    kind = facts.span_type
    return kind in MODEL_TYPES or kind == TOOL_TYPE or kind in RETRIEVER_TYPES


def _as_message(role: Role, value: AttributeValue) -> tuple[Message, ...]:
    if value is None or value == "":
        return ()
    return (Message(role, (Text(value) if isinstance(value, str) else Other(value),)),)


def _digest(value: object) -> bytes:
    try:
        written = _encoder.encode(value)
    except (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError):
        written = repr(value).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(written, digest_size=16).digest()
