"""The structures of huge traces that were read last, so that the windows of one do not each read all of it."""

import threading

import msgspec

from trilha_server.domain.ids import TraceId
from trilha_server.domain.span import SpanFacts

MIN_SPANS = 5_000
"""Smaller traces are read as quickly as they are found here."""

MAX_BYTES = 64 << 20

_BLOCK_SPANS = 1000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[SpanFacts]).decode


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of all spans of a trace by start time, as it was after a change."""

    change: int
    total: int
    start_ns: int
    blocks: list[bytes]
    """Written, they take a fifth of the room."""

    def part(self, offset: int, limit: int) -> list[SpanFacts]:
        """Read some of them."""
        end = min(offset + limit, self.total)
        if offset >= end:
            return []
        first = offset // _BLOCK_SPANS
        blocks = self.blocks[first : (end - 1) // _BLOCK_SPANS + 1]
        spans = [facts for block in blocks for facts in _decode(block)]
        return spans[offset - first * _BLOCK_SPANS : end - first * _BLOCK_SPANS]


class Structures:
    """Keeps as many as fit, those that were asked for last. Safe to share by threads."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._kept: dict[TraceId, Structure] = {}
        self._lock = threading.Lock()

    def find(self, trace_id: TraceId, change: int) -> Structure | None:
        """Find a structure, if it is as after the change."""
        with self._lock:
            kept = self._kept.pop(trace_id, None)
            if kept is None or kept.change != change:
                return None
            self._kept[trace_id] = kept
            return kept

    def keep(self, trace_id: TraceId, change: int, spans: list[SpanFacts]) -> None:
        """Keep a structure if it is huge."""
        if len(spans) < MIN_SPANS:
            return
        blocks = [_encode(spans[start : start + _BLOCK_SPANS]) for start in range(0, len(spans), _BLOCK_SPANS)]
        structure = Structure(change=change, total=len(spans), start_ns=spans[0].start_ns, blocks=blocks)
        with self._lock:
            self._kept.pop(trace_id, None)
            self._kept[trace_id] = structure
            self._forget()

    def _forget(self) -> None:
        sizes = {trace_id: sum(map(len, kept.blocks)) for trace_id, kept in self._kept.items()}
        total_bytes = sum(sizes.values())
        for trace_id in list(self._kept)[:-1]:  # the newest stays, however large: its next window will be asked for
            if total_bytes <= self._max_bytes:
                return
            total_bytes -= sizes[trace_id]
            del self._kept[trace_id]
