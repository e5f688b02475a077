"""Traces as the native API tells them."""

from collections.abc import Iterable
from typing import Any

import httpx
import msgspec
from trilha_server.domain.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from trilha_server.domain.span import TokenUsage

from server.tests.support.conversation import MODEL_TYPES, Told, counted, told

_PARTS: dict[str, type[Part]] = {
    "text": Text,
    "reasoning": Reasoning,
    "tool_call": ToolCall,
    "tool_result": ToolResult,
}


class NativeTrace(msgspec.Struct, frozen=True, kw_only=True):
    """A trace with all of its spans."""

    info: Any
    """JSON"""
    spans: list[Any]
    """JSON, by start time"""

    @property
    def of_models(self) -> list[Any]:  # Any: JSON
        """The calls of models, in order."""
        return [span for span in self.spans if span["type"] in MODEL_TYPES]

    def typed(self, span_type: str) -> list[Any]:  # Any: JSON
        """Find spans by their type."""
        return [span for span in self.spans if span["type"] == span_type]

    def tree(self) -> list[Any]:
        """Return the names as nested lists, in the order of the steps: `[["root", ["child"]]]`."""
        return [self._branch(span) for span in self.spans if span["parent_id"] is None]

    def _branch(self, parent: Any) -> list[Any]:
        return [parent["name"], *(self._branch(span) for span in self.spans if span["parent_id"] == parent["span_id"])]


def read_trace(url: str, trace_id: str) -> NativeTrace:
    """Read a trace with all of its spans."""
    path = f"{url}/api/v1/traces/{trace_id}"
    outline = httpx.get(path, timeout=60).raise_for_status().json()
    spans = httpx.get(f"{path}/spans", params={"id": outline["spans"]["id"]}, timeout=60).raise_for_status().json()
    return NativeTrace(info=outline["trace"], spans=sorted(spans, key=lambda span: span["start_ns"]))


def usage_of(document: Any) -> TokenUsage | None:  # Any: JSON
    """Read tokens; none of a kind is the same as not told."""
    return None if document is None else counted(TokenUsage(**document))


def said(messages: Iterable[Any]) -> Told:  # Any: JSON
    """Read a chat."""
    return told(Message(Role(message["role"]), tuple(map(_part, message["parts"]))) for message in messages)


def _part(document: Any) -> Part:  # Any: JSON
    return _PARTS[document["type"]](**{key: value for key, value in document.items() if key != "type"})
