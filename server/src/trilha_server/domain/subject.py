"""Sessions and users: traces that belong together because they name the same conversation or person."""

from enum import StrEnum

import msgspec

from trilha_server.domain.filter import Filter
from trilha_server.domain.ids import ExperimentId

MAX_TRACES_READ = 200
"""Of so many traces of one session or user, the newest, it is read what sums do not tell."""


class SubjectOrder(StrEnum):
    """What sessions and users may be ordered by."""

    LAST_TIME = "last_time_ms"
    FIRST_TIME = "first_time_ms"
    TRACES = "traces"
    ERRORS = "errors"
    TOKENS = "total_tokens"
    COST = "cost_usd"
    DURATION = "duration_ms"


class SubjectQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which sessions or users, in which order, from where on."""

    experiment_ids: tuple[ExperimentId, ...]
    filter: Filter | None = None
    """Of traces: who has one that matches is found, and its figures are those of all its traces."""
    order: SubjectOrder = SubjectOrder.LAST_TIME
    descending: bool = True
    limit: int = 50
    page_token: str | None = None


class SubjectTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What the traces of one session or user come to, within one experiment."""

    experiment_id: ExperimentId
    traces: int
    errors: int
    total_tokens: int
    cost_usd: float
    duration_ms: int
    """Of all traces together, as far as they have ended."""
    first_time_ms: int
    """When the first trace began. Unix time."""
    last_time_ms: int
    """When the last one began."""


class FeedbackFigures(msgspec.Struct, frozen=True):
    """What was said under one name."""

    name: str
    count: int
    mean: float | None
    """Over numbers, and over yes and no as 1 and 0; `None` without any."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation. All but the totals is told by its first and its newest traces."""

    session: str
    totals: SubjectTotals
    users: tuple[str, ...]
    versions: tuple[str, ...]
    """As the traces name them."""
    first_request: str | None
    """The preview of what it began with."""
    last_response: str | None
    feedback: tuple[FeedbackFigures, ...]
    """By name."""


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person that the application worked for."""

    user: str
    totals: SubjectTotals
    sessions: int
    feedback: tuple[FeedbackFigures, ...]
    """On the newest traces, by name."""


class SessionPage(msgspec.Struct, frozen=True):
    """One page of sessions."""

    sessions: list[Session]
    next_page_token: str | None
    """`None` at the end. With a filter a page may be short, or empty, and yet more follow."""
    is_complete: bool
    """Whether the sums hold all traces: a store of an older version is read through once, which takes a while."""


class UserPage(msgspec.Struct, frozen=True):
    """One page of users."""

    users: list[User]
    next_page_token: str | None
    """As for sessions."""
    is_complete: bool
