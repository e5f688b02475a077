"""A trace: what its application declared, what its spans tell, and the two read as one."""

from enum import StrEnum

import msgspec
from trilha import names

from trilha_server.domain.ids import ExperimentId, SpanId, TraceId
from trilha_server.domain.span import Cost, TokenUsage

TWO_SPELLINGS = frozenset(
    {
        names.TRACE_SESSION,
        names.TRACE_USER,
        names.MODEL_ID,
        names.SOURCE_NAME,
        names.SOURCE_TYPE,
        names.SOURCE_GIT_COMMIT,
        names.SOURCE_GIT_BRANCH,
        names.SOURCE_GIT_REPO_URL,
        names.USER,
    }
)
"""Keys that are one field, whether an application sets them as a tag or as metadata; the tag wins."""


class TraceState(StrEnum):
    """How a trace ended, if it has."""

    OK = "OK"
    ERROR = "ERROR"
    IN_PROGRESS = "IN_PROGRESS"
    UNSPECIFIED = "STATE_UNSPECIFIED"


class Declaration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an application says of a trace as a whole (MLflow's trace info). It wins over what the spans tell."""

    request_time_ms: int
    """Unix time."""
    duration_ms: int | None = None
    state: TraceState = TraceState.UNSPECIFIED
    client_request_id: str | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}


class Excerpt(msgspec.Struct, frozen=True, array_like=True):
    """What one span was given, or what it gave, written for display."""

    place: tuple[int, int, SpanId]
    """Where the span stands among those of its trace; the smallest speaks for the trace."""
    text: str


class Previews(msgspec.Struct, frozen=True, array_like=True):
    """What a trace was given and what it gave, as far as its spans tell."""

    request: Excerpt | None = None
    response: Excerpt | None = None


class SpanSummary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the spans of a trace tell of it, whatever order they came in."""

    span_count: int
    start_ns: int
    """The root's start, or the earliest start known while there is no root. Unix time."""
    end_ns: int | None = None
    """The root's end; `None` while the root is missing or running."""
    state: TraceState = TraceState.IN_PROGRESS
    root_span_id: SpanId | None = None
    name: str | None = None
    """The root's name."""
    request_preview: str | None = None
    """What the root was given; `previews` shows where it says neither this nor the next."""
    response_preview: str | None = None
    metadata: dict[str, str] = {}
    tags: dict[str, str] = {}
    client_request_id: str | None = None
    said_state: TraceState | None = None
    """How the application said that the trace ended: `state`, once its root has ended."""
    usage: TokenUsage | None = None
    """Summed over the spans that have usage and no ancestor with usage; `None` where nobody counted."""
    cost: Cost | None = None
    previews: Previews | None = None
    """What the spans said, for the case that the root says nothing; `None` where that is nothing but the root's."""


class TraceRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is kept of a trace beside spans and assessments, in layers, so that the order of arrival is the same."""

    declared: Declaration | None = None
    summary: SpanSummary | None = None
    tag_edits: dict[str, str | None] = {}
    """Tags set after the trace was sent; `None` for one that was deleted."""
    run_ids: tuple[str, ...] = ()
    """Runs that the trace was linked to by hand."""


class _LinkedPrompt(msgspec.Struct):
    name: str
    version: str | int


class TraceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A trace as everybody reads it."""

    trace_id: TraceId
    experiment_id: ExperimentId
    request_time_ms: int
    """Unix time."""
    duration_ms: int | None
    state: TraceState
    client_request_id: str | None
    request_preview: str | None
    response_preview: str | None
    metadata: dict[str, str]
    tags: dict[str, str]
    run_ids: tuple[str, ...]
    span_count: int
    usage: TokenUsage | None
    cost: Cost | None
    change: int
    """Grows with every change of any trace."""

    @property
    def name(self) -> str | None:
        """The trace's name: the tag, or its root's name."""
        return self.tags.get(names.TRACE_NAME)

    @property
    def session(self) -> str | None:
        """The conversation that the trace belongs to."""
        return self.field(names.TRACE_SESSION)

    @property
    def user(self) -> str | None:
        """The person that the trace was made for."""
        return self.field(names.TRACE_USER)

    @property
    def model_id(self) -> str | None:
        """The version of the application (MLflow's logged model), by id or by name."""
        return self.field(names.MODEL_ID)

    @property
    def version(self) -> str | None:
        """The version as people name it: the model id, else `app_version`, else the service's version."""
        return self.model_id or self.field("app_version") or self.field(names.OTEL_SERVICE_VERSION)

    @property
    def all_run_ids(self) -> tuple[str, ...]:
        """The run that the trace was made in, and those that it was linked to."""
        source = self.metadata.get(names.SOURCE_RUN)
        return self.run_ids if not source else tuple(dict.fromkeys((source, *self.run_ids)))

    @property
    def prompts(self) -> list[str]:
        """The prompt versions that the trace used, as `name/version`."""
        linked = self.tags.get(names.LINKED_PROMPTS)
        if not linked:
            return []
        try:
            return [f"{item.name}/{item.version}" for item in msgspec.json.decode(linked, type=list[_LinkedPrompt])]
        except msgspec.MsgspecError:  # the application may write anything into a tag
            return []

    @property
    def end_time_ms(self) -> int:
        """Unix time; the start where the trace has no duration yet."""
        return self.request_time_ms + (self.duration_ms or 0)

    def field(self, key: str) -> str | None:
        """Read one key in whichever spelling the application used; the tag wins."""
        value = self.tags.get(key)
        return self.metadata.get(key) if value is None else value
