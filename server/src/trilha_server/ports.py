"""What the server asks of the outside world. Methods block: call them from a worker thread."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from trilha_server.domain.assessment import Assessment
from trilha_server.domain.batch import TraceUpdate
from trilha_server.domain.experiment import Experiment
from trilha_server.domain.filter import Filter, OrderTerm
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.domain.trace import TraceInfo


class TraceWriter(Protocol):
    """Where traces are kept."""

    def write(self, updates: Sequence[TraceUpdate]) -> list[int]:
        """Keep a batch, all of it or nothing; says of each update how many spans were not there before.

        Returns once it is durable and every later read sees it. Idempotent: a span is one by (trace id, span id), a
        declaration by its trace. The order of arrival does not change what is kept. Every trace that changes takes a
        new change number. Raises `StoreFull` and `StoreUnavailable`; `NotFound` where a tag is set on no trace.
        """
        ...

    def delete(self, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
        """Forget traces with their spans and assessments; says how many there were. Others' ids count nothing."""
        ...

    def delete_before(self, experiment_id: ExperimentId, max_time_ms: int, max_traces: int | None) -> int:
        """Forget the oldest traces up to and with `max_time_ms`; says how many there were."""
        ...


class TraceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which traces, in which order, from where on."""

    experiment_ids: tuple[ExperimentId, ...]
    filter: Filter | None = None
    order: tuple[OrderTerm, ...] = ()
    """Empty for the newest first."""
    limit: int = 100
    page_token: str | None = None


class TracePage(msgspec.Struct, frozen=True):
    """One page of a search."""

    traces: list[TraceInfo]
    next_page_token: str | None
    """`None` at the end."""


class Deletion(msgspec.Struct, frozen=True):
    """A trace that is no more."""

    trace_id: TraceId
    experiment_id: ExperimentId
    change: int


class Changes(msgspec.Struct, frozen=True):
    """What happened since a change number, in order of their numbers."""

    traces: list[TraceInfo]
    deletions: list[Deletion]
    last_change: int
    """Ask from here on next."""


class TraceReader(Protocol):
    """What is kept of traces. Every read sees all writes that were acknowledged before it began."""

    def get(self, trace_ids: Sequence[TraceId]) -> list[TraceInfo]:
        """Read traces; unknown ids are left out, the order is that of the ids."""
        ...

    def structure(self, trace_id: TraceId) -> list[SpanFacts]:
        """Read the facts of all spans of a trace, by start time; empty for an unknown trace."""
        ...

    def spans(self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None) -> Iterator[Span]:
        """Read whole spans, all or some, in no certain order."""
        ...

    def search(self, query: TraceQuery) -> TracePage:
        """Find traces. Paging is by key: what is written meanwhile neither repeats nor hides a trace of later pages."""
        ...

    def changes_since(self, change: int, limit: int, experiment_ids: Sequence[ExperimentId] | None = None) -> Changes:
        """Read what changed after a change number: at most `limit` traces, each once, as it is now, and deletions."""
        ...

    def last_change(self) -> int:
        """Read the number of the newest change."""
        ...


class AssessmentStore(Protocol):
    """What people, judges and code said of traces. Durable and visible on return."""

    def of_traces(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, list[Assessment]]:
        """Read the assessments of traces, oldest first."""
        ...

    def get_assessment(self, trace_id: TraceId, assessment_id: str) -> Assessment:
        """Read one. Raises `NotFound`."""
        ...

    def put_assessment(self, assessment: Assessment) -> None:
        """Keep one, new or changed; marks what it overrides as not valid. Raises `NotFound` without its trace."""
        ...

    def delete_assessment(self, trace_id: TraceId, assessment_id: str) -> None:
        """Forget one; what it overrode is valid again. Nothing happens where there is none."""
        ...


class ExperimentStore(Protocol):
    """Experiments. Durable and visible on return."""

    def create_experiment(self, name: str, artifact_location: str | None, tags: dict[str, str]) -> Experiment:
        """Make one. Raises `AlreadyExists`, also while a deleted one holds the name."""
        ...

    def get_experiment(self, experiment_id: ExperimentId) -> Experiment:
        """Read one, deleted or not. Raises `NotFound`."""
        ...

    def experiment_by_name(self, name: str) -> Experiment | None:
        """Read one by name, deleted or not."""
        ...

    def list_experiments(self) -> list[Experiment]:
        """Read all, deleted ones too."""
        ...

    def update_experiment(self, experiment: Experiment) -> None:
        """Replace name, stage, update time and tags. Raises `NotFound`, and `AlreadyExists` where the name is taken."""
        ...


class IngestionCount(msgspec.Struct, frozen=True):
    """How many spans or traces of one client met one fate."""

    experiment_id: ExperimentId | None
    """`None` where the request did not get so far as to name one."""
    client: str
    """Name and version of the sending software."""
    protocol: str
    outcome: str
    """`kept`, `duplicate`… or `rejected`."""
    reason: str
    """Why it was rejected; empty otherwise."""
    requests: int = 0
    traces: int = 0
    spans: int = 0
    body_bytes: int = 0
    last_time_ms: int = 0


class IngestionStore(Protocol):
    """Counts of what arrived, kept across restarts."""

    def add_counts(self, counts: Sequence[IngestionCount]) -> None:
        """Add to what is counted already. Durable on return."""
        ...

    def counts(self) -> list[IngestionCount]:
        """Read all."""
        ...


class Upkeep(Protocol):
    """What keeps a store well."""

    def check(self) -> list[str]:
        """Look for damage; returns what is wrong, in words."""
        ...

    def maintain(self) -> bool:
        """Do one piece of work that can wait (compression, text index); says whether there is more."""
        ...

    def close(self) -> None:
        """Give everything back. No call may follow."""
        ...


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """All that a server keeps, by purpose."""

    writer: TraceWriter
    reader: TraceReader
    assessments: AssessmentStore
    experiments: ExperimentStore
    ingestion: IngestionStore
    upkeep: Upkeep


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        ...
