"""The conversation of a trace, as the native API gives it."""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from pydantic import Field

from trilha_server.analysis.transcript import AnyItem, DocumentsItem, Item, MessageItem, ToolItem, Transcript
from trilha_server.api.v1.models import Model, UsageModel
from trilha_server.api.v1.span_models import DocumentModel, plain
from trilha_server.domain.message import Document, Media, Other, Part, Reasoning, Text
from trilha_server.domain.span import AttributeValue

MAX_PART_CHARS = 20_000
"""What is longer is cut; the span has all of it."""

_QUERY_KEYS = ("query", "question", "input", "text")


class _ItemModel(Model):
    span_id: str | None
    """The span that tells of it."""
    time_ns: int
    """When that span began, or the call of the model that tells of it. Unix time."""
    depth: int
    """How many agents lie around the one that it happened in."""
    agent: str | None
    is_error: bool
    error: str | None
    """Why the span failed, as far as it says."""


class MessageItemModel(_ItemModel):
    """Somebody said something."""

    kind: Literal["message"]
    role: Literal["system", "user", "assistant", "tool"]
    parts: list[dict[str, Any]]  # Any: each by its `type`
    """As those of a span's messages, without calls and results of tools, which are items of their own. Where a part is
    cut, its `cut_chars` says how many characters are missing."""
    name: str | None
    finish_reason: str | None
    tool_calls: int
    """How many tools it asks for."""
    folded_messages: int
    """How many messages the call of the model was given that had been shown before; on its first message."""
    model: str | None
    """This and what follows is of the call of the model that ends with this message; `null` on all others."""
    provider: str | None
    usage: UsageModel | None
    cost_usd: float | None
    duration_ns: int | None


class ToolItemModel(_ItemModel):
    """A tool was called: what was asked for, the span that ran it, and what the model was told."""

    kind: Literal["tool"]
    name: str | None
    call_id: str | None
    asked_by: str | None
    """The span of the call of a model that asked for it."""
    arguments: Any  # Any: JSON
    arguments_cut_chars: int
    """Where this is not 0, `arguments` is the beginning of its JSON, as text."""
    result: Any  # Any: JSON
    result_cut_chars: int
    duration_ns: int | None


class CutDocumentModel(DocumentModel):
    """Something that was retrieved."""

    cut_chars: int = 0


class DocumentsItemModel(_ItemModel):
    """Something was looked up."""

    kind: Literal["documents"]
    name: str
    query: str | None
    documents: list[CutDocumentModel]
    duration_ns: int | None


ItemModel: TypeAlias = Annotated[MessageItemModel | ToolItemModel | DocumentsItemModel, Field(discriminator="kind")]


class TranscriptModel(Model):
    """The conversation of a trace, by time."""

    items: list[ItemModel]
    total_items: int
    next_offset: int | None
    """Ask from here on for more; `null` at the end."""
    repeated: int
    """How many messages of the whole trace are folded."""


class WrittenTranscript(msgspec.Struct, frozen=True):
    """A conversation as JSON, item by item, to answer with parts of it."""

    items: list[bytes]
    repeated: int

    @classmethod
    def of(cls, found: Transcript) -> "WrittenTranscript":
        """Write a conversation."""
        outermost = min((_depth(item) for item in found.items), default=0)
        return cls([_item(item, outermost).model_dump_json().encode() for item in found.items], found.repeated)

    @property
    def size_bytes(self) -> int:
        """How much room it takes."""
        return sum(map(len, self.items))

    def part(self, offset: int, limit: int) -> bytes:
        """Write a `TranscriptModel` of some of the items."""
        end = offset + limit
        others = {
            "total_items": len(self.items),
            "next_offset": end if end < len(self.items) else None,
            "repeated": self.repeated,
        }
        return b'{"items":[' + b",".join(self.items[offset:end]) + b"]," + msgspec.json.encode(others)[1:]


def _depth(item: Item) -> int:
    return max(len(item.agents) - 1, 0)


def _item(item: AnyItem, outermost: int) -> MessageItemModel | ToolItemModel | DocumentsItemModel:
    where: dict[str, Any] = {  # Any: fields of every type
        "span_id": None if item.span_id is None else item.span_id.hex(),
        "time_ns": item.time_ns,
        "depth": _depth(item) - outermost,
        "agent": item.agents[-1] if item.agents else None,
        "is_error": item.error is not None,
        "error": None if item.error is None else item.error[:MAX_PART_CHARS],
    }
    match item:
        case MessageItem():
            return _message(item, where)
        case ToolItem():
            arguments, arguments_cut = _cut_value(item.arguments)
            result, result_cut = _cut_value(item.result)
            return ToolItemModel(
                **where,
                kind="tool",
                name=item.name,
                call_id=item.call_id,
                asked_by=None if item.asked_by is None else item.asked_by.hex(),
                arguments=arguments,
                arguments_cut_chars=arguments_cut,
                result=result,
                result_cut_chars=result_cut,
                duration_ns=item.duration_ns,
            )
        case DocumentsItem():
            return DocumentsItemModel(
                **where,
                kind="documents",
                name=item.name,
                query=_query(item.query),
                documents=[_document(document) for document in item.documents],
                duration_ns=item.duration_ns,
            )


def _message(item: MessageItem, where: dict[str, Any]) -> MessageItemModel:  # Any: fields of every type
    facts = item.answered_by
    duration_ns = None if facts is None or facts.end_ns is None else facts.end_ns - facts.start_ns
    return MessageItemModel(
        **where,
        kind="message",
        role=item.message.role.value,
        parts=[_part(part) for part in item.message.parts],
        name=item.message.name,
        finish_reason=item.message.finish_reason,
        tool_calls=item.tool_calls,
        folded_messages=item.folded,
        model=None if facts is None else facts.model,
        provider=None if facts is None else facts.provider,
        usage=None if facts is None else UsageModel.of(facts.usage),
        cost_usd=None if facts is None or facts.cost is None else facts.cost.total_usd,
        duration_ns=duration_ns,
    )


def _part(part: Part) -> dict[str, Any]:  # Any: JSON
    cut = 0
    match part:
        case Text(text=text) | Reasoning(text=text) if len(text) > MAX_PART_CHARS:
            cut = len(text) - MAX_PART_CHARS
            part = msgspec.structs.replace(part, text=text[:MAX_PART_CHARS])
        case Media(url=str() as url) if len(url) > MAX_PART_CHARS:  # half of a picture shows nothing
            cut = len(url)
            part = msgspec.structs.replace(part, url=None)
        case Other(value=value):
            shown, cut = _cut_value(value)
            part = Other(shown)
        case _:
            pass
    written = plain(part)
    return written | {"cut_chars": cut} if cut else written


def _cut_value(value: object) -> tuple[Any, int]:  # Any: JSON
    """Write a value, or the beginning of its JSON as text, with how many characters that leaves out."""
    if isinstance(value, str):
        return value[:MAX_PART_CHARS], max(len(value) - MAX_PART_CHARS, 0)
    encoded = msgspec.json.encode(value)
    if len(encoded) <= MAX_PART_CHARS:
        return msgspec.json.decode(encoded), 0
    text = encoded.decode()
    return text[:MAX_PART_CHARS], max(len(text) - MAX_PART_CHARS, 0)


def _document(document: Document) -> CutDocumentModel:
    cut = max(len(document.content) - MAX_PART_CHARS, 0)
    metadata, is_cut = _cut_value(document.metadata)
    return CutDocumentModel(
        content=document.content[:MAX_PART_CHARS],
        document_id=document.document_id,
        score=document.score,
        metadata={} if is_cut else metadata,
        cut_chars=cut,
    )


def _query(value: AttributeValue) -> str | None:
    if isinstance(value, dict):
        value = next((told for key in _QUERY_KEYS if isinstance(told := value.get(key), str)), value)
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:MAX_PART_CHARS]
