"""What the server asks of the outside world. Methods block: call them from a worker thread."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec

from trilha_server.domain.artifact import ArtifactInfo, ArtifactPath, ByteRange
from trilha_server.domain.assessment import Assessment
from trilha_server.domain.batch import EncodedSpans, TraceUpdate
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.figures import (
    FiguresPage,
    FiguresQuery,
    Measurement,
    SpanFiguresPage,
    SpanFiguresQuery,
    SpanKind,
)
from trilha_server.domain.filter import AssessmentField, AttributeField, Filter, LabelField, OrderTerm
from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.job import Job
from trilha_server.domain.price import PriceOverride
from trilha_server.domain.registered_model import (
    ModelChange,
    NewRegisteredVersion,
    RegisteredModel,
    RegisteredVersion,
    RegisteredVersionChange,
)
from trilha_server.domain.run import Metric, Run, RunChange
from trilha_server.domain.scorer import OnlineScoring, Scorer
from trilha_server.domain.span import Span, SpanFacts
from trilha_server.domain.subject import Session, SessionPage, SubjectQuery, User, UserPage
from trilha_server.domain.trace import TraceInfo
from trilha_server.domain.version import DatasetKey, Version, VersionChange, VersionId, VersionOrderTerm
from trilha_server.domain.version_names import VersionBook


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


class SpanWindow(msgspec.Struct, frozen=True):
    """Some of the spans of a trace, by start time."""

    spans: list[SpanFacts]
    total: int
    """How many the trace has."""
    start_ns: int
    """When the first one of the trace began; 0 where there is none."""


class TraceReader(Protocol):
    """What is kept of traces. Every read sees all writes that were acknowledged before it began."""

    def get(self, trace_ids: Sequence[TraceId]) -> list[TraceInfo]:
        """Read traces; unknown ids are left out, the order is that of the ids."""
        ...

    def structure(self, trace_id: TraceId) -> list[SpanFacts]:
        """Read the facts of all spans of a trace, by start time; empty for an unknown trace."""
        ...

    def window(self, trace_id: TraceId, offset: int, limit: int) -> SpanWindow:
        """Read a part of the structure. Once one part of a huge trace was read, the others cost what they show."""
        ...

    def spans(self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None) -> Iterator[Span]:
        """Read whole spans, all or some, in no certain order."""
        ...

    def encoded_spans(
        self, trace_id: TraceId, span_ids: Sequence[SpanId] | None = None
    ) -> Iterator[tuple[list[SpanFacts], EncodedSpans]]:
        """Read the same as they are kept, some at a time: their facts, and what else was sent of each."""
        ...

    def search(self, query: TraceQuery) -> TracePage:
        """Find traces. Paging is by key: what is written meanwhile neither repeats nor hides a trace of later pages.

        What the filter says of versions holds for traces that name them by id or by name.
        """
        ...

    def changes_since(self, change: int, limit: int, experiment_ids: Sequence[ExperimentId] | None = None) -> Changes:
        """Read what changed after a change number: at most `limit` traces, each once, as it is now, and deletions."""
        ...

    def last_change(self) -> int:
        """Read the number of the newest change."""
        ...


class FiguresReader(Protocol):
    """Figures of many traces together, as of all writes that were acknowledged before the read began.

    Groups of versions, names, states and times without a filter are answered from sums that the writer keeps by the
    hour, the rest by walking over the traces. Whoever keeps traces in columns may answer the same questions faster.
    """

    def trace_figures(self, query: FiguresQuery) -> FiguresPage:
        """Add up traces by group."""
        ...

    def span_figures(self, query: SpanFiguresQuery) -> SpanFiguresPage:
        """Add up spans by group."""
        ...

    def measurements(self, query: FiguresQuery, limit: int) -> list[Measurement]:
        """Read what was measured of the newest traces, at most `limit`, the newest first; grouping counts nothing."""
        ...

    def span_kinds(self, trace_ids: Sequence[TraceId]) -> dict[TraceId, frozenset[SpanKind]]:
        """Read of which kinds the spans of traces are; traces without spans are left out."""
        ...


class ObservedValue(msgspec.Struct, frozen=True):
    """A value that traces have."""

    value: str
    traces: int | None
    """How many; `None` where that would take long to say, since they are many."""


class ObservedValues(msgspec.Struct, frozen=True):
    """Values that traces have."""

    values: list[ObservedValue]
    is_complete: bool
    """Whether there are no others that begin alike."""


class FieldReader(Protocol):
    """Which fields the traces of an experiment have, and with which values.

    For who writes a filter: no answer costs more where there are more traces, and values that were cut are left out.
    """

    def label_fields(self, experiment_id: ExperimentId) -> list[LabelField]:
        """List the tags and keys of metadata that some trace has, as far as an index has them."""
        ...

    def label_values(
        self, experiment_id: ExperimentId, field: AttributeField | LabelField, prefix: str, limit: int
    ) -> ObservedValues | None:
        """List values of a field: the most frequent first if they are few, else the first in order.

        `None` for a field that no index has.
        """
        ...

    def assessment_fields(self, experiment_id: ExperimentId) -> list[tuple[AssessmentField, bool]]:
        """List the names of feedback and expectations, each with whether all that was said is numbers."""
        ...

    def assessment_values(
        self, experiment_id: ExperimentId, field: AssessmentField, prefix: str, limit: int
    ) -> ObservedValues:
        """List values that were given of late under a name, the most frequent first; of issues, their ids."""
        ...


class SubjectReader(Protocol):
    """Sessions and users, each within one experiment, as of all writes that were acknowledged before the read began.

    Paging is by key. Without a filter, and by the last activity with one, a page costs what it shows and not what there
    is. With a filter the last activity is that of the traces that match, and another order is refused, with
    `InvalidInput`, where very many match.
    """

    def sessions(self, query: SubjectQuery) -> SessionPage:
        """Find sessions. Raises `InvalidInput` for a token of another search."""
        ...

    def users(self, query: SubjectQuery) -> UserPage:
        """Find users. Raises `InvalidInput` for a token of another search."""
        ...

    def session(self, experiment_id: ExperimentId, session: str) -> Session:
        """Read one. Raises `NotFound`."""
        ...

    def user(self, experiment_id: ExperimentId, user: str) -> User:
        """Read one. Raises `NotFound`."""
        ...

    def turns(self, experiment_id: ExperimentId, session: str, limit: int, page_token: str | None = None) -> TracePage:
        """Read the traces of a session, the oldest first. Raises `InvalidInput` for a token that is not ours."""
        ...


class TracePortion(msgspec.Struct, frozen=True):
    """Some traces of a walk."""

    trace_ids: list[TraceId]
    position: str | None
    """Where the next portion begins; `None` at the end."""


class TraceWalk(Protocol):
    """Goes past all traces of an experiment in order of time, however long that takes."""

    def portion(
        self, experiment_id: ExperimentId, start_ms: int, end_ms: int, position: str | None, limit: int
    ) -> TracePortion:
        """Name the next traces from `start_ms` to before `end_ms`, at most `limit`; `None` is where they begin.

        What is written or deleted meanwhile neither repeats nor hides another trace.
        """
        ...

    def count(self, experiment_id: ExperimentId, start_ms: int, end_ms: int) -> int:
        """Count them."""
        ...


class PriceStore(Protocol):
    """The prices that experiments have set themselves. Durable and visible on return."""

    def overrides(self, experiment_id: ExperimentId) -> list[PriceOverride]:
        """Read all, by model, provider and time; empty for an unknown experiment."""
        ...

    def put_override(self, experiment_id: ExperimentId, override: PriceOverride) -> None:
        """Keep one, in place of the one of the same provider, model and time."""
        ...

    def delete_overrides(
        self, experiment_id: ExperimentId, provider: str | None, model: str | None, from_ms: int | None
    ) -> int:
        """Forget those of a provider, a model and a time, each only where it is said; says how many there were."""
        ...


class JobStore(Protocol):
    """Long work with its progress, for all servers on the store. Durable and visible on return."""

    def create_job(self, job: Job) -> None:
        """Keep a new one."""
        ...

    def get_job(self, job_id: str) -> Job:
        """Read one. Raises `NotFound`."""
        ...

    def list_jobs(self, experiment_id: ExperimentId | None, limit: int) -> list[Job]:
        """Read those of one experiment, or of all, the newest first."""
        ...

    def cancel_job(self, job_id: str) -> Job:
        """Tell whoever works on one to stop after the portion at hand. One that has ended stays as it is.

        Raises `NotFound`.
        """
        ...

    def claim_job(self, owner: str, lease_ms: int) -> Job | None:
        """Take the oldest job that has not ended and that nobody else has taken within their lease.

        Of several who ask at once, one gets it.
        """
        ...

    def advance_job(self, job: Job, owner: str, lease_ms: int) -> bool:
        """Keep the progress of a job and hold it for another lease; one that waits or has ended is let go.

        Says whether it is still the owner's: if not, or if it was cancelled, nothing is kept.
        """
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
        """Forget one; what it overrode is valid again, unless another overrides it too, or overrides this one.

        Nothing happens where there is none.
        """
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


class ArtifactContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of an artifact. Whoever got it calls `close` in the end."""

    size_bytes: int
    """Of the whole artifact."""
    start: int
    """Where the pieces begin."""
    end: int
    """Where they end, exclusive."""
    pieces: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]
    """Lets go of the file or connection; again does nothing."""


class ArtifactStore(Protocol):
    """Files of experiments, of any size. Asynchronous: no call holds more than some MiB in memory.

    Each experiment's files are where its `artifact_location` says. Every method raises `NotFound` for an unknown
    experiment, `InvalidInput` for one whose location is not allowed any more, and `StoreUnavailable`.
    """

    async def write(self, path: ArtifactPath, content: AsyncIterator[bytes], *, size_bytes: int | None = None) -> int:
        """Keep a file, in place of the one that was there; says how many bytes it has.

        All or nothing: until it returns, and if the content raises or the process ends, readers see what was there
        before. Durable on return. `size_bytes` is what the sender has announced, if anything. Raises `InvalidInput`
        where a folder has the name, and `StoreFull`.
        """
        ...

    async def read(self, path: ArtifactPath, part: ByteRange | None = None) -> ArtifactContent:
        """Read a file, or the part of it that it has of `part`. Raises `NotFound`, for folders too.

        Raises `OutOfRange` where the file has nothing of `part`. Writes meanwhile do not change what is read.
        """
        ...

    async def list_folder(self, folder: ArtifactPath) -> list[ArtifactInfo]:
        """List what lies directly in a folder, by name; nothing for a file or where there is no such folder."""
        ...

    async def delete(self, path: ArtifactPath) -> None:
        """Forget a file, or a folder with all in it. Nothing happens where there is none. Durable on return."""
        ...

    def check_location(self, location: str) -> None:
        """Refuse a location where an experiment may not keep its files. Raises `InvalidInput` with the reason."""
        ...


class KeyStore(Protocol):
    """The secrets that servers sign with."""

    def signing_key(self, name: str, fresh: bytes) -> bytes:
        """Read the key of a name; `fresh` becomes it where there is none. All servers on one store read the same."""
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


class RunQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which runs, in which order, from where on."""

    experiment_ids: tuple[ExperimentId, ...]
    stages: tuple[LifecycleStage, ...] = (LifecycleStage.ACTIVE,)
    filter: Filter | None = None
    order: tuple[OrderTerm, ...] = ()
    """Empty for the newest first."""
    limit: int = 1000
    page_token: str | None = None


class RunPage(msgspec.Struct, frozen=True):
    """One page of a search."""

    runs: list[Run]
    next_page_token: str | None
    """`None` at the end."""


class MetricPage(msgspec.Struct, frozen=True):
    """One page of the history of a metric."""

    metrics: list[Metric]
    next_page_token: str | None
    """`None` at the end."""


class RunStore(Protocol):
    """Runs. Durable and visible on return."""

    def create_run(self, run: Run) -> None:
        """Keep a new one, with all that it has. Raises `AlreadyExists` where the id is taken."""
        ...

    def get_run(self, run_id: str) -> Run:
        """Read one, deleted or not. Raises `NotFound`."""
        ...

    def change_run(self, run_id: str, change: RunChange) -> None:
        """Change one, all of it or nothing. Idempotent: a point of a metric that is there already is not kept twice.

        The order of arrival does not change which point of a metric is the latest. Raises `NotFound` where the run or a
        tag to delete is not there, `InvalidInput` where the run is deleted or a parameter has another value.
        """
        ...

    def move_run(self, run_id: str, stage: LifecycleStage) -> None:
        """Put one away or bring it back; again does nothing. Raises `NotFound`."""
        ...

    def search_runs(self, query: RunQuery) -> RunPage:
        """Find runs. Paging is by key: what is written meanwhile neither repeats nor hides a run of later pages.

        Runs of a deleted experiment are deleted. Raises `InvalidInput` for a token of another search.
        """
        ...

    def metric_history(self, run_id: str, key: str, limit: int, page_token: str | None = None) -> MetricPage:
        """Read the points of a metric by time, step and value. Raises `NotFound` without the run."""
        ...


class VersionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which versions, in which order, from where on."""

    experiment_ids: tuple[ExperimentId, ...]
    filter: Filter | None = None
    order: tuple[VersionOrderTerm, ...] = ()
    """Empty for the newest first."""
    datasets: tuple[DatasetKey, ...] = ()
    """Where there are any, metrics count only as measured on one of these."""
    limit: int = 100
    page_token: str | None = None


class VersionPage(msgspec.Struct, frozen=True):
    """One page of a search."""

    versions: list[Version]
    next_page_token: str | None
    """`None` at the end."""


class VersionStore(Protocol):
    """Versions of applications. Durable and visible on return."""

    def create_version(self, version: Version) -> None:
        """Keep a new one. Raises `AlreadyExists` where the id is taken; names may be taken by any number."""
        ...

    def ensure_version(self, version: Version) -> Version:
        """Read the newest of the name, or keep this one where there is none. All who ask at once read the same one."""
        ...

    def get_version(self, version_id: VersionId, *, deleted_too: bool = False) -> Version:
        """Read one. Raises `NotFound`."""
        ...

    def version_by_name(self, experiment_id: ExperimentId, name: str) -> Version | None:
        """Read the newest of a name that is not deleted."""
        ...

    def version_book(self, texts: Collection[str], experiment_ids: Sequence[ExperimentId]) -> VersionBook:
        """Read what tells which versions texts mean, as ids or, in some experiments, as names; without deleted ones."""
        ...

    def change_version(self, version_id: VersionId, change: VersionChange) -> Version:
        """Change one, all of it or nothing.

        Raises `NotFound` where it or a tag to delete is not there, `InvalidInput` where a parameter has another value.
        """
        ...

    def delete_version(self, version_id: VersionId, time_ms: int) -> None:
        """Put one away: it is found by its id only, and only where that is asked for. Raises `NotFound`."""
        ...

    def search_versions(self, query: VersionQuery) -> VersionPage:
        """Find versions that are not deleted. Raises `InvalidInput` for a token of another search."""
        ...


class ScorerStore(Protocol):
    """Scorers that experiments keep by name. Durable and visible on return."""

    def register_scorer(self, experiment_id: ExperimentId, name: str, definition: str) -> Scorer:
        """Keep the next version of a name. Two that come at once take two numbers."""
        ...

    def list_scorers(self, experiment_ids: Sequence[ExperimentId]) -> list[Scorer]:
        """Read the newest version of every name, by name."""
        ...

    def scorer_versions(self, experiment_id: ExperimentId, name: str) -> list[Scorer]:
        """Read all versions of a name, the oldest first; empty for an unknown name."""
        ...

    def get_scorer(self, experiment_id: ExperimentId, name: str, version: int | None = None) -> Scorer:
        """Read one version, or the newest. Raises `NotFound`."""
        ...

    def delete_scorer(self, experiment_id: ExperimentId, name: str, version: int | None = None) -> None:
        """Forget one version, or all of a name; its online scoring goes with the last one. Raises `NotFound`."""
        ...

    def set_online_scoring(
        self, experiment_id: ExperimentId, name: str, sample_rate: float | None, trace_filter: str | None
    ) -> OnlineScoring:
        """Say how much a scorer is to score.

        `None` keeps what was said before, and an empty filter takes the filter away. Raises `NotFound`, and
        `InvalidInput` while no rate was ever given.
        """
        ...

    def online_scorings(self, scorer_ids: Sequence[str]) -> list[OnlineScoring]:
        """Read what was said of these; those of whom nothing was said are left out."""
        ...


class RegistryStore(Protocol):
    """Registered models, by name. Durable and visible on return; each change is made whole, whoever else changes."""

    def create_model(self, name: str, description: str, tags: Mapping[str, str]) -> RegisteredModel:
        """Make one. Raises `AlreadyExists`."""
        ...

    def get_model(self, name: str) -> RegisteredModel:
        """Read one. Raises `NotFound`."""
        ...

    def list_models(self) -> list[RegisteredModel]:
        """Read all, by name."""
        ...

    def change_model(self, name: str, change: ModelChange) -> RegisteredModel:
        """Change one. Raises `NotFound`, also for the version of an alias, and `AlreadyExists` for the new name."""
        ...

    def delete_model(self, name: str) -> list[ArtifactPath]:
        """Forget one with its versions; names the folders, made for them alone, that nothing needs any more.

        Raises `NotFound`.
        """
        ...


class RegisteredVersionStore(Protocol):
    """The versions of registered models. Durable and visible on return. A number is given once, also after deletion."""

    def add_version(self, name: str, new: NewRegisteredVersion) -> RegisteredVersion:
        """Keep a new one under the model's next number. Raises `NotFound` without the model."""
        ...

    def get_version(self, name: str, number: int) -> RegisteredVersion:
        """Read one. Raises `NotFound`."""
        ...

    def list_versions(
        self, names: Sequence[str] | None = None, run_ids: Sequence[str] | None = None
    ) -> list[RegisteredVersion]:
        """Read all, or those of some models, of some runs; by the model's name, and of each the newest first."""
        ...

    def latest_versions(self, names: Sequence[str]) -> list[RegisteredVersion]:
        """Read the newest version of each stage of some models; by the model's name, and of each the oldest first."""
        ...

    def change_version(self, name: str, number: int, change: RegisteredVersionChange) -> RegisteredVersion:
        """Change one. Raises `NotFound`."""
        ...

    def delete_version(self, name: str, number: int) -> list[ArtifactPath]:
        """Forget one and the aliases that name it; names the folders as `delete_model` does. Raises `NotFound`."""
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
    figures: FiguresReader
    fields: FieldReader
    subjects: SubjectReader
    assessments: AssessmentStore
    experiments: ExperimentStore
    runs: RunStore
    versions: VersionStore
    scorers: ScorerStore
    registry: RegistryStore
    registered_versions: RegisteredVersionStore
    prices: PriceStore
    jobs: JobStore
    walk: TraceWalk
    keys: KeyStore
    ingestion: IngestionStore
    upkeep: Upkeep


class Clock(Protocol):
    """Tells the time."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        ...
