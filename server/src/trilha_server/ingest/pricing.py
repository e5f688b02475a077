"""Computes what calls cost as they come in, by the experiment's own prices first, else by the public list."""

import threading
import time
from collections.abc import Callable, Sequence

import msgspec

from trilha_server.domain.batch import SpansArrived, TraceUpdate
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.domain.span import SpanFacts
from trilha_server.normalise.price_list import listed_tariff
from trilha_server.normalise.price_overrides import OverrideBook
from trilha_server.normalise.pricing import charge
from trilha_server.ports import PriceStore, TraceWriter

FRESH_S = 3.0
"""So long after a change, other servers on the store may still price by what was before."""

MAX_BOOKS = 1000


class Pricer:
    """Prices spans. Safe to share by threads."""

    def __init__(self, store: PriceStore, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._books: dict[ExperimentId, tuple[float, OverrideBook]] = {}
        self._changes = 0

    def priced(self, updates: Sequence[TraceUpdate]) -> list[TraceUpdate]:
        """Give every span that tells its model and its tokens, and no cost of its own, a cost and the price used."""
        return [self._priced_update(update) if isinstance(update, SpansArrived) else update for update in updates]

    def repriced(self, experiment_id: ExperimentId, spans: Sequence[SpanFacts]) -> list[SpanFacts]:
        """Compute costs anew; returns the spans whose cost or price changes. What the application said, stays."""
        book = self._book(experiment_id)
        told = [span.as_told() for span in spans]
        anew = [_priced_span(span, book) if _wants_price(span) else span for span in told]
        return [new for old, new in zip(spans, anew, strict=True) if (old.cost, old.price) != (new.cost, new.price)]

    def forget(self, experiment_id: ExperimentId) -> None:
        """Read the overrides of an experiment again: they have changed."""
        with self._lock:
            self._changes += 1
            self._books.pop(experiment_id, None)

    def _priced_update(self, update: SpansArrived) -> SpansArrived:
        facts = update.spans.facts
        wanted = [index for index, span in enumerate(facts) if _wants_price(span)]
        if not wanted:
            return update
        book = self._book(update.experiment_id)
        priced = facts.copy()
        for index in wanted:
            priced[index] = _priced_span(facts[index], book)
        return msgspec.structs.replace(update, spans=msgspec.structs.replace(update.spans, facts=priced))

    def _book(self, experiment_id: ExperimentId) -> OverrideBook:
        now_s = self._monotonic_s()
        known = self._books.get(experiment_id)
        if known is not None and now_s - known[0] < FRESH_S:
            return known[1]
        changes = self._changes
        book = OverrideBook(self._store.overrides(experiment_id))
        with self._lock:
            if changes == self._changes:  # what was read before a change must not outlive it
                if len(self._books) >= MAX_BOOKS:
                    self._books.clear()
                self._books[experiment_id] = now_s, book
        return book


class PricingWriter:
    """A trace writer that prices what it is given. Its `write` may read overrides, and load the price list, first."""

    def __init__(self, writer: TraceWriter, pricer: Pricer) -> None:
        self._writer = writer
        self._pricer = pricer

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        """Keep a batch with its costs."""
        return self._writer.write(self._pricer.priced(updates))

    def delete(self, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
        """Forget traces."""
        return self._writer.delete(experiment_id, trace_ids)

    def delete_before(self, experiment_id: ExperimentId, max_time_ms: int, max_traces: int | None) -> int:
        """Forget the oldest traces."""
        return self._writer.delete_before(experiment_id, max_time_ms, max_traces)


def _wants_price(span: SpanFacts) -> bool:
    return span.usage is not None and span.cost is None and span.model is not None


def _priced_span(span: SpanFacts, book: OverrideBook) -> SpanFacts:
    model, usage = span.model, span.usage
    assert model is not None
    assert usage is not None
    tariff = book.tariff(model, span.provider, span.start_ns) or listed_tariff(model, span.provider, span.start_ns)
    charged = None if tariff is None else charge(usage, tariff, span.start_ns)
    if charged is None:
        return span
    return msgspec.structs.replace(span, cost=charged[0], price=charged[1])
