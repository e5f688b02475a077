"""Looks for a text in the spans of one trace."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from trilha_server.domain.batch import EncodedSpans
from trilha_server.domain.ids import SpanId, TraceId
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.normalise.meaning import payload_of, told_by
from trilha_server.normalise.otlp import decode_spans
from trilha_server.ports import TraceReader
from trilha_server.search.text import rendered, witnesses

MAX_SEARCHED = 20_000
"""So many spans are searched at once."""

Place: TypeAlias = Literal["name", "inputs", "outputs", "attributes", "events"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a trace a text stands."""

    spans: list[tuple[SpanId, list[Place]]]
    """By start time."""
    searched: int
    next_offset: int | None
    """The first span, by start time, that was not looked at; `None` where all were."""


def find_text(reader: TraceReader, trace_id: TraceId, text: str, offset: int, limit: int) -> Finding:
    """Find the spans in which a text stands, whatever its case, from one of them on and at most `limit`."""
    window = reader.window(trace_id, offset, MAX_SEARCHED)
    wanted = text.lower()
    runs = [run.encode() for run in witnesses(text) if run.isascii()]
    places: dict[SpanId, list[Place]] = {}
    ids = None if len(window.spans) == window.total else [facts.span_id for facts in window.spans]
    for portion in reader.encoded_spans(trace_id, ids):
        for span in _hopeful(*portion, wanted, runs):
            if where := _places(span, wanted):
                places[span.facts.span_id] = where
    spans: list[tuple[SpanId, list[Place]]] = []
    searched = 0
    for facts in window.spans:
        searched += 1
        if facts.span_id in places:
            spans.append((facts.span_id, places[facts.span_id]))
            if len(spans) == limit:
                break
    end = offset + searched
    return Finding(spans=spans, searched=searched, next_offset=end if end < window.total else None)


def _hopeful(facts: list[SpanFacts], encoded: EncodedSpans, wanted: str, runs: list[bytes]) -> Iterator[Span]:
    """Read the spans in whose bytes all the letters stand, which is much quicker than to read all."""
    if runs:
        at = 0
        groups, kept_facts, kept = list(encoded.groups), list[SpanFacts](), list[bytes]()
        for place, group in enumerate(encoded.groups):
            count = len(kept)
            for one, raw in zip(facts[at : at + group.span_count], encoded.spans[at:], strict=False):
                if wanted in one.name.lower() or _has_all(raw.lower(), runs):
                    kept_facts.append(one)
                    kept.append(raw)
            at += group.span_count
            groups[place] = msgspec.structs.replace(group, span_count=len(kept) - count)
        facts, encoded = kept_facts, EncodedSpans(groups, kept)
    return decode_spans(facts, encoded)


def _has_all(raw: bytes, runs: list[bytes]) -> bool:
    return all(run in raw for run in runs)


def _places(span: Span, wanted: str) -> list[Place]:
    places: list[Place] = []
    if wanted in span.facts.name.lower():
        places.append("name")
    content = payload_of(told_by(span))
    if content.inputs is not None and wanted in rendered(content.inputs).lower():
        places.append("inputs")
    if content.outputs is not None and wanted in rendered(content.outputs).lower():
        places.append("outputs")
    if not {"inputs", "outputs"}.intersection(places) and wanted in rendered(span.attributes).lower():
        places.append("attributes")
    told = [span.status_message, *(f"{event.name} {rendered(event.attributes)}" for event in span.events)]
    if any(wanted in text.lower() for text in told):
        places.append("events")
    return places
