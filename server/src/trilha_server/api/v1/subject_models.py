"""Sessions and users, as the native API takes and gives them."""

from typing import Annotated

from pydantic import Field

from trilha_server.api.v1.models import ExperimentIdText, Model, TraceModel
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.subject import FeedbackFigures, Session, SubjectOrder, SubjectQuery, SubjectTotals, User
from trilha_server.domain.version_names import VersionBook
from trilha_server.search.parse import parse_filter


class SubjectSearch(Model):
    """Which sessions or users, in which order."""

    experiment_ids: Annotated[tuple[ExperimentIdText, ...], Field(max_length=100)] = ("0",)
    filter: Annotated[str, Field(max_length=16_384, examples=["status = 'ERROR'"])] = ""
    """Of traces: who has one that matches is found."""
    order_by: SubjectOrder = SubjectOrder.LAST_TIME
    descending: bool = True
    max_results: Annotated[int, Field(ge=1, le=200)] = 50
    page_token: Annotated[str | None, Field(max_length=10_000)] = None

    def query(self) -> SubjectQuery:
        """Read it. Raises `InvalidFilter` and `InvalidInput`."""
        return SubjectQuery(
            experiment_ids=tuple(dict.fromkeys(map(parse_experiment_id, self.experiment_ids))),
            filter=parse_filter(self.filter),
            order=self.order_by,
            descending=self.descending,
            limit=self.max_results,
            page_token=self.page_token or None,
        )


class TotalsModel(Model):
    """What traces come to."""

    traces: int
    errors: int
    total_tokens: int
    cost_usd: float
    duration_ms: int
    """Of all traces together."""
    first_time_ms: int
    last_time_ms: int

    @classmethod
    def of(cls, totals: SubjectTotals) -> "TotalsModel":
        """Write sums."""
        return cls(
            traces=totals.traces,
            errors=totals.errors,
            total_tokens=totals.total_tokens,
            cost_usd=totals.cost_usd,
            duration_ms=totals.duration_ms,
            first_time_ms=totals.first_time_ms,
            last_time_ms=totals.last_time_ms,
        )


class FeedbackModel(Model):
    """What was said under one name."""

    name: str
    count: int
    mean: float | None
    """Over numbers, and over yes and no as 1 and 0."""

    @classmethod
    def of(cls, figures: FeedbackFigures) -> "FeedbackModel":
        """Write figures."""
        return cls(name=figures.name, count=figures.count, mean=figures.mean)


class VersionNameModel(Model):
    """What traces call their version, and which one that is."""

    version: str
    version_id: str | None
    version_name: str | None
    """`null`, as the id, where no version is known by that name."""


class SessionModel(Model):
    """A conversation."""

    session: str
    experiment_id: str
    totals: TotalsModel
    """`traces` are its turns."""
    users: list[str]
    versions: list[VersionNameModel]
    first_request: str | None
    last_response: str | None
    feedback: list[FeedbackModel]

    @classmethod
    def of(cls, session: Session, book: VersionBook) -> "SessionModel":
        """Write a session, with what a book of versions says of those that it names."""
        experiment_id, last_time_ms = session.totals.experiment_id, session.totals.last_time_ms
        meant = [(text, book.meant(experiment_id, text, last_time_ms)) for text in session.versions]
        return cls(
            session=session.session,
            experiment_id=str(experiment_id),
            totals=TotalsModel.of(session.totals),
            users=list(session.users),
            versions=[
                VersionNameModel(
                    version=text,
                    version_id=None if version is None else version.version_id,
                    version_name=None if version is None else version.name,
                )
                for text, version in meant
            ],
            first_request=session.first_request,
            last_response=session.last_response,
            feedback=[FeedbackModel.of(each) for each in session.feedback],
        )


class SessionPageModel(Model):
    """One page of sessions."""

    sessions: list[SessionModel]
    next_page_token: str | None
    """`null` at the end. With a filter a page may be short, or empty, and yet more follow."""
    is_complete: bool
    """Whether the sums hold all traces: a store of an older version is read through once, which takes a while."""


class SessionTurns(Model):
    """A session and its turns, the oldest first."""

    session: SessionModel
    turns: list[TraceModel]
    next_page_token: str | None


class UserModel(Model):
    """A person that the application worked for."""

    user: str
    experiment_id: str
    totals: TotalsModel
    sessions: int
    feedback: list[FeedbackModel]
    """On the newest 200 traces."""

    @classmethod
    def of(cls, user: User) -> "UserModel":
        """Write a user."""
        return cls(
            user=user.user,
            experiment_id=str(user.totals.experiment_id),
            totals=TotalsModel.of(user.totals),
            sessions=user.sessions,
            feedback=[FeedbackModel.of(each) for each in user.feedback],
        )


class UserPageModel(Model):
    """One page of users."""

    users: list[UserModel]
    next_page_token: str | None
    """As for sessions."""
    is_complete: bool
