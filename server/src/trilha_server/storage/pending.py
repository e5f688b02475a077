"""One trace while a transaction changes it."""

import msgspec

from trilha_server.domain.batch import (
    Claim,
    CostsChanged,
    InfoDeclared,
    RootFacts,
    RunLinked,
    SpansArrived,
    TraceUpdate,
)
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.span import SpanFacts
from trilha_server.domain.trace import Previews, SpanSummary, TraceInfo, TraceRecord
from trilha_server.normalise.info import apply_update
from trilha_server.normalise.previews import merged, previews_kept
from trilha_server.normalise.summary import earlier_root, newer, say_the_same, summarise
from trilha_server.storage.chunking import Chunk, cut_chunks


class PendingTrace:
    """What is kept of a trace, and what comes on top of it."""

    __slots__ = (
        "before",
        "chunks",
        "claim",
        "experiment_id",
        "facts",
        "kept",
        "key",
        "kind_set_id",
        "old_info",
        "previews",
        "record",
        "recosted",
        "root",
        "trace_id",
    )

    def __init__(self, trace_id: TraceId, experiment_id: ExperimentId) -> None:
        self.trace_id = trace_id
        self.experiment_id = experiment_id
        self.claim = -1
        self.key: int | None = None
        self.record = TraceRecord()
        self.kept: tuple[TraceRecord, int] | None = None
        self.old_info: TraceInfo | None = None
        self.kind_set_id: int | None = None
        self.facts: dict[SpanId, SpanFacts] = {}
        self.before: dict[SpanId, SpanFacts | None] = {}
        """What was kept of the spans that change; `None` for those that were not there."""
        self.root: RootFacts | None = None
        self.previews = Previews()
        self.chunks: list[Chunk] = []
        self.recosted: dict[SpanId, SpanFacts] = {}
        """Spans that are kept already, with other costs."""

    @property
    def has_changed(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.chunks or self.recosted) or self.kept != (self.record, self.claim)

    def set_kept(self, key: int, claim: int, kind_set_id: int | None, record: TraceRecord) -> None:
        """Tell what is kept already."""
        self.key, self.claim, self.kind_set_id, self.record = key, claim, kind_set_id, record
        self.kept = (record, claim)

    def set_kept_spans(self, facts: dict[SpanId, SpanFacts]) -> None:
        """Tell which spans are kept already."""
        self.facts = facts
        self.root = _root_of(self.record.summary)
        self.previews = previews_kept(self.record.summary, facts)

    def old_spans(self) -> list[SpanFacts]:
        """List the spans as they were kept, once they are known."""
        found = (self.before.get(span_id, facts) for span_id, facts in self.facts.items())
        return [facts for facts in found if facts is not None]

    def apply(self, update: TraceUpdate) -> int:
        """Lay an update over what there is; returns how many spans were not there before."""
        if isinstance(update, SpansArrived):
            return self._add_spans(update)
        if isinstance(update, CostsChanged):
            self._change_costs(update)
            return 0
        self.record = apply_update(self.record, update)
        if isinstance(update, InfoDeclared):
            self._move(Claim.DECLARATION, update.experiment_id)
            if update.assessments:
                self.kept = None  # what people say of a trace is part of it
        return 0

    def _add_spans(self, update: SpansArrived) -> int:
        arrived = update.spans
        kept = self.facts
        fresh: dict[SpanId, int] = {}
        before = self.before
        for index, facts in enumerate(arrived.facts):
            span_id = facts.span_id
            known = kept.get(span_id)
            if newer(known, facts):
                before.setdefault(span_id, known)
                kept[span_id] = facts
                fresh[span_id] = index
        if update.run_id is not None and arrived.root is not None:
            self.record = apply_update(self.record, RunLinked(trace_id=self.trace_id, run_id=update.run_id))
        self._move(Claim.SPANS if arrived.root is None else Claim.ROOT, update.experiment_id)
        if fresh:
            self.chunks.extend(cut_chunks(arrived.facts, arrived.encoded, sorted(fresh.values())))
            if arrived.root is not None and arrived.root.span_id in fresh:
                self.root = earlier_root(kept, self.root, arrived.root)
            self.previews = merged(self.previews, arrived.previews)
            record = self.record
            self.record = TraceRecord(
                declared=record.declared,
                summary=summarise(kept, self.root, self.previews),
                tag_edits=record.tag_edits,
                run_ids=record.run_ids,
            )
        return len(fresh)

    def _change_costs(self, update: CostsChanged) -> None:
        changed = {
            facts.span_id: facts
            for facts in update.spans
            if (kept := self.facts.get(facts.span_id)) is not None and kept != facts and say_the_same(kept, facts)
        }
        if not changed:
            return
        for span_id, facts in changed.items():
            self.before.setdefault(span_id, self.facts[span_id])
            self.facts[span_id] = facts
        self.recosted |= changed
        self.record = msgspec.structs.replace(self.record, summary=summarise(self.facts, self.root, self.previews))

    def _move(self, claim: Claim, experiment_id: ExperimentId) -> None:
        if claim > self.claim:
            self.claim, self.experiment_id = claim, experiment_id


def _root_of(summary: SpanSummary | None) -> RootFacts | None:
    if summary is None or summary.root_span_id is None:
        return None
    return RootFacts(
        span_id=summary.root_span_id,
        request_preview=summary.request_preview,
        response_preview=summary.response_preview,
        metadata=summary.metadata,
        tags=summary.tags,
        client_request_id=summary.client_request_id,
        state=summary.said_state,
    )
