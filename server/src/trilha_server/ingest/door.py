"""The one way in: spans and declarations of any protocol become updates, are written, and are counted."""

from concurrent.futures import Future

import msgspec

from trilha_server.domain.batch import InfoDeclared, SpansArrived, TraceUpdate
from trilha_server.domain.errors import TrilhaError
from trilha_server.domain.ids import ExperimentId
from trilha_server.ingest.group_commit import GroupCommit
from trilha_server.ingest.ledger import Ledger
from trilha_server.normalise.otlp import OtlpSpans


class Sender(msgspec.Struct, frozen=True):
    """Who sends, and how."""

    client: str
    """Name and version of the software."""
    protocol: str
    """`otlp-http`, `otlp-grpc`, `mlflow`…"""


class Arrival(msgspec.Struct, frozen=True):
    """Updates of one request, with what counting them needs."""

    sender: Sender
    updates: list[TraceUpdate]
    body_bytes: int


class Door:
    """Lets updates in."""

    def __init__(self, group_commit: GroupCommit, ledger: Ledger) -> None:
        self._group_commit = group_commit
        self._ledger = ledger

    def admit(self, arrival: Arrival) -> Future[list[int]]:
        """Write a request's updates; done once durable and visible. Raises `Busy`; the future raises `StoreError`."""
        try:
            done = self._group_commit.submit(arrival.updates, arrival.body_bytes)
        except TrilhaError as error:
            self._count_failure(arrival, type(error).__name__)
            raise
        done.add_done_callback(lambda future: self._count(arrival, future))
        return done

    def refuse(self, sender: Sender, error: TrilhaError, *, body_bytes: int = 0) -> None:
        """Count a request that could not be read."""
        self._ledger.count(
            experiment_id=None,
            client=sender.client,
            protocol=sender.protocol,
            outcome="rejected",
            reason=type(error).__name__,
            requests=1,
            body_bytes=body_bytes,
        )

    def refuse_spans(self, sender: Sender, spans: OtlpSpans) -> None:
        """Count the spans of a request that could not be kept while others could."""
        for rejection in spans.rejections:
            self._ledger.count(
                experiment_id=None,
                client=sender.client,
                protocol=sender.protocol,
                outcome="rejected",
                reason=rejection.reason,
                spans=rejection.span_count,
            )

    def _count(self, arrival: Arrival, future: Future[list[int]]) -> None:
        if future.cancelled():
            self._count_failure(arrival, "Cancelled")
            return
        error = future.exception()
        if error is not None:
            self._count_failure(arrival, type(error).__name__)
            return
        requests, body_bytes = 1, arrival.body_bytes
        for experiment_id, (traces, spans, duplicates) in _sums(arrival.updates, future.result()).items():
            self._ledger.count(
                experiment_id=experiment_id,
                client=arrival.sender.client,
                protocol=arrival.sender.protocol,
                outcome="kept",
                requests=requests,
                traces=traces,
                spans=spans,
                body_bytes=body_bytes,
            )
            if duplicates:
                self._ledger.count(
                    experiment_id=experiment_id,
                    client=arrival.sender.client,
                    protocol=arrival.sender.protocol,
                    outcome="duplicate",
                    spans=duplicates,
                )
            requests = body_bytes = 0  # a request that is for several experiments is counted with the first

    def _count_failure(self, arrival: Arrival, reason: str) -> None:
        spans = sum(len(update.spans.facts) for update in arrival.updates if isinstance(update, SpansArrived))
        self._ledger.count(
            experiment_id=None,
            client=arrival.sender.client,
            protocol=arrival.sender.protocol,
            outcome="rejected",
            reason=reason,
            requests=1,
            spans=spans,
            body_bytes=arrival.body_bytes,
        )


def _sums(updates: list[TraceUpdate], fresh: list[int]) -> dict[ExperimentId, tuple[int, int, int]]:
    """Traces, new spans and spans that were there already, by experiment."""
    sums: dict[ExperimentId, tuple[int, int, int]] = {}
    for update, new_spans in zip(updates, fresh, strict=True):
        if not isinstance(update, SpansArrived | InfoDeclared):
            continue
        arrived = len(update.spans.facts) if isinstance(update, SpansArrived) else 0
        traces, spans, duplicates = sums.get(update.experiment_id, (0, 0, 0))
        sums[update.experiment_id] = (traces + 1, spans + new_spans, duplicates + arrived - new_spans)
    return sums
