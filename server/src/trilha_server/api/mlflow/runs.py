"""Runs: making, finding, ending and putting them away."""

import secrets
import uuid
from typing import Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.run_json import (
    Int64,
    RunRef,
    TextJson,
    metric_json,
    read_texts,
    run_info_json,
    run_json,
)
from trilha_server.api.mlflow.stages import stages_of_view
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.run_names import generated_name
from trilha_server.catalog.runs import checked_change, new_run
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.run import Run, RunChange, RunStatus
from trilha_server.ports import RunQuery
from trilha_server.search.runs import parse_run_filter, parse_run_order

MAX_RESULTS = 50_000  # MLflow's limit
MAX_POINTS = 25_000  # what MLflow's clients ask for at once
_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Make a run."""

    experiment_id: str
    user_id: str = ""
    run_name: str = ""
    start_time: Int64 | None = None
    tags: list[TextJson] = []
    sender_dialect: Dialect = Dialect.HTTP


class Get(RunRef):
    """Read a run."""

    sender_dialect: Dialect = Dialect.HTTP


class Update(RunRef):
    """Rename a run, or say how far it has come."""

    status: RunStatus | None = None
    end_time: Int64 | None = None
    run_name: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


class Search(msgspec.Struct):
    """Find runs."""

    experiment_ids: list[str] = []
    filter: str | None = None
    run_view_type: str = "ACTIVE_ONLY"
    max_results: int = 1000
    order_by: list[str] = []
    page_token: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


class GetHistory(RunRef):
    """Read all points of a metric."""

    metric_key: str = ""
    max_results: int = MAX_POINTS
    page_token: str | None = None


def create(services: Services, request: Create) -> _Json:
    """Make a run."""
    experiment_id = services.experiments.require(request.experiment_id)
    asked = Run(
        run_id=uuid.uuid4().hex,
        experiment_id=experiment_id,
        name=request.run_name,
        user=request.user_id,
        status=RunStatus.RUNNING,
        start_time_ms=services.clock.now_ms() if request.start_time is None else request.start_time,
        tags=read_texts("tag", request.tags),
    )
    made = new_run(asked, generated_name(secrets.choice))
    services.store.runs.create_run(made)
    return {"run": run_json(made, request.sender_dialect)}


def get(services: Services, request: Get) -> _Json:
    """Read a run, deleted or not."""
    return {"run": run_json(services.store.runs.get_run(request.named), request.sender_dialect)}


def update(services: Services, request: Update) -> _Json:
    """Rename a run, or say how far it has come."""
    change = RunChange(name=request.run_name or None, status=request.status, end_time_ms=request.end_time)
    services.store.runs.change_run(request.named, checked_change(change))
    return {"run_info": run_info_json(services.store.runs.get_run(request.named), request.sender_dialect)}


def delete(services: Services, request: RunRef) -> Empty:
    """Put a run away."""
    services.store.runs.move_run(request.named, LifecycleStage.DELETED)
    return Empty()


def restore(services: Services, request: RunRef) -> Empty:
    """Bring a run back."""
    services.store.runs.move_run(request.named, LifecycleStage.ACTIVE)
    return Empty()


def search(services: Services, request: Search) -> _Json:
    """Find runs."""
    query = RunQuery(
        experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
        stages=stages_of_view("run_view_type", request.run_view_type),
        filter=parse_run_filter(request.filter or ""),
        order=parse_run_order(request.order_by),
        limit=_limit(request.max_results, MAX_RESULTS),
        page_token=request.page_token or None,
    )
    page = services.store.runs.search_runs(query)
    answer: _Json = {"runs": [run_json(run, request.sender_dialect) for run in page.runs]}
    if page.next_page_token is not None:
        answer["next_page_token"] = page.next_page_token
    return answer


def get_history(services: Services, request: GetHistory) -> _Json:
    """Read all points of a metric."""
    if not request.metric_key:
        raise InvalidInput("missing value for required parameter 'metric_key'")
    limit = _limit(request.max_results, MAX_POINTS)
    page = services.store.runs.metric_history(request.named, request.metric_key, limit, request.page_token or None)
    answer: _Json = {"metrics": [metric_json(metric) for metric in page.metrics]}
    if page.next_page_token is not None:
        answer["next_page_token"] = page.next_page_token
    return answer


def _limit(max_results: int, highest: int) -> int:
    if not 1 <= max_results <= highest:
        raise InvalidInput(f"invalid value {max_results} for parameter 'max_results': it must be from 1 to {highest}")
    return max_results


_BASE = "/api/2.0/mlflow/runs"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=f"{_BASE}/create", permission=Permission.WRITE, request=Create, handle=create),
    MlflowRoute(method="GET", path=f"{_BASE}/get", permission=Permission.READ, request=Get, handle=get),
    MlflowRoute(method="POST", path=f"{_BASE}/update", permission=Permission.WRITE, request=Update, handle=update),
    MlflowRoute(method="POST", path=f"{_BASE}/delete", permission=Permission.MANAGE, request=RunRef, handle=delete),
    MlflowRoute(method="POST", path=f"{_BASE}/restore", permission=Permission.MANAGE, request=RunRef, handle=restore),
    MlflowRoute(method="POST", path=f"{_BASE}/search", permission=Permission.READ, request=Search, handle=search),
    MlflowRoute(
        method="GET",
        path="/api/2.0/mlflow/metrics/get-history",
        permission=Permission.READ,
        request=GetHistory,
        handle=get_history,
    ),
]
