"""The attachments of a span on its way out: references stay in it, and the files go beside it."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trilha import _wire
from trilha._attachment import Attachment
from trilha._capture import REFERENCE, Captured, attachments_in, json_bytes
from trilha._export.embedded import json_may_hold_files, may_hold_files, text_may_hold_files, without_files
from trilha._settings import Settings
from trilha._span import Span

_SHORTEST = 48
"""Neither a reference nor a file in base64 with what says so is shorter."""

_NOTHING: Mapping[Any, Any] = {}  # shared by all spans without files, which are nearly all; never written to


class NoneAttached:
    """Writes spans of which it is known that no files are in them."""

    found: Final[Mapping[str, Attachment]] = _NOTHING
    too_large: Final[tuple[str, ...]] = ()
    written = staticmethod(json_bytes)

    @staticmethod
    def written_text(text: str) -> str:
        """Return a text as it is."""
        return text

    @staticmethod
    def events() -> list[bytes]:
        """Write nothing."""
        return []


NONE_ATTACHED: Final = NoneAttached()


class Attached:
    """Gathers the attachments of one span while it is written."""

    __slots__ = ("_by_content", "_now", "_span", "found", "too_large")

    def __init__(self, span: Span, now: Settings) -> None:
        self._span = span
        self._now = now
        self._by_content: Mapping[tuple[str, bytes], str] = _NOTHING
        self.found: Mapping[str, Attachment] = _NOTHING
        """By their ids."""
        self.too_large: tuple[str, ...] = ()
        """What is said of those above the limit, which are not sent."""

    def written(self, value: Captured) -> bytes:
        """Write a value as JSON, with references in the place of files."""
        raw = json_bytes(value)
        if len(raw) < _SHORTEST or not may_hold_files(value):
            return raw
        if REFERENCE in raw:
            for attachment in attachments_in(value):
                raw = raw.replace(_quoted(attachment.ref("")), _quoted(self._kept(attachment)))
        return self._sought(raw) if self._now.extracts_attachments and json_may_hold_files(raw) else raw

    def written_text(self, text: str) -> str:
        """Return a text with references in the place of files: one that is a file itself, or JSON."""
        if len(text) < _SHORTEST or not self._now.extracts_attachments or not text_may_hold_files(text):
            return text
        if text.startswith("data:"):
            return without_files(text, self._kept_once)
        return self._sought(_wire.utf8(text)).decode()

    def events(self) -> list[bytes]:
        """Write an event for each attachment that is too large."""
        time_ns = self._span.end_ns or self._span.start_ns
        return [
            _wire.event("exception", time_ns, {"exception.type": "AttachmentTooLarge", "exception.message": told})
            for told in self.too_large
        ]

    def _sought(self, raw: bytes) -> bytes:
        references: list[str] = []

        def keep(content_type: str, content: bytes) -> str:
            references.append(self._kept_once(content_type, content))
            return references[-1]

        try:
            changed = without_files(msgspec.json.decode(raw), keep)
        except (msgspec.DecodeError, RecursionError):  # text that only begins like JSON, or goes too deep
            return raw
        return msgspec.json.encode(changed) if references else raw

    def _kept_once(self, content_type: str, content: bytes) -> str:
        """Keep a file; the same one again is not kept twice."""
        known = self._by_content.get((content_type, content))
        if known is None:
            known = self._kept(Attachment(content_type=content_type, content_bytes=content))
            self._by_content = {**self._by_content, (content_type, content): known}
        return known

    def _kept(self, attachment: Attachment) -> str:
        size_bytes, limit_bytes = len(attachment.content_bytes), self._now.max_attachment_bytes
        if limit_bytes is not None and size_bytes > limit_bytes:
            told = f"Attachment too large: {size_bytes} bytes exceeds {limit_bytes} bytes limit"
            self.too_large = (*self.too_large, told)
            return f"[{told}]"
        self.found = {**self.found, attachment.id: attachment}
        return attachment.ref(self._span.trace_id)


def _quoted(text: str) -> bytes:
    return f'"{text}"'.encode()
