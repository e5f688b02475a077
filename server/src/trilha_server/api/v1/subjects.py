"""Sessions and users of the native API."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query

from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.models import ExperimentIdText
from trilha_server.api.v1.named_traces import book_of, trace_models
from trilha_server.api.v1.subject_models import (
    SessionModel,
    SessionPageModel,
    SessionTurns,
    SubjectSearch,
    UserModel,
    UserPageModel,
)
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.subject import Session

SubjectPath = Annotated[str, Path(max_length=10_000)]
ExperimentQuery = Annotated[ExperimentIdText, Query()]


def subject_routes(services: Services) -> list[ModelRoute]:
    """List the routes of sessions and of users."""
    subjects, versions = services.store.subjects, services.store.versions

    def written(sessions: Sequence[Session]) -> list[SessionModel]:
        texts = (text for session in sessions for text in session.versions)
        book = book_of(versions, texts, (session.totals.experiment_id for session in sessions))
        return [SessionModel.of(session, book) for session in sessions]

    def search_sessions(request: SubjectSearch) -> SessionPageModel:
        page = subjects.sessions(request.query())
        return SessionPageModel(
            sessions=written(page.sessions), next_page_token=page.next_page_token, is_complete=page.is_complete
        )

    def turns(
        session: SubjectPath,
        experiment_id: ExperimentQuery = "0",
        max_results: Annotated[int, Query(ge=1, le=500)] = 100,
        page_token: Annotated[str | None, Query(max_length=10_000)] = None,
    ) -> SessionTurns:
        number = parse_experiment_id(experiment_id)
        found = subjects.session(number, session)
        page = subjects.turns(number, session, max_results, page_token or None)
        return SessionTurns(
            session=written([found])[0],
            turns=trace_models(versions, page.traces),
            next_page_token=page.next_page_token,
        )

    def search_users(request: SubjectSearch) -> UserPageModel:
        page = subjects.users(request.query())
        return UserPageModel(
            users=[UserModel.of(user) for user in page.users],
            next_page_token=page.next_page_token,
            is_complete=page.is_complete,
        )

    def user(user: SubjectPath, experiment_id: ExperimentQuery = "0") -> UserModel:
        return UserModel.of(subjects.user(parse_experiment_id(experiment_id), user))

    read = Permission.READ
    return [
        ModelRoute(
            method="POST",
            path="/api/v1/sessions/search",
            permission=read,
            handle=search_sessions,
            summary="Find sessions",
            errors=(400,),
        ),
        ModelRoute(
            method="GET",
            path="/api/v1/sessions/{session:path}",
            permission=read,
            handle=turns,
            summary="A session and its turns, the oldest first",
            errors=(400, 404),
        ),
        ModelRoute(
            method="POST",
            path="/api/v1/users/search",
            permission=read,
            handle=search_users,
            summary="Find users",
            errors=(400,),
        ),
        ModelRoute(
            method="GET",
            path="/api/v1/users/{user:path}",
            permission=read,
            handle=user,
            summary="A user",
            errors=(404,),
        ),
    ]
