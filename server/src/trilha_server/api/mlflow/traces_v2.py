"""The trace calls of MLflow 3.1 and older: the server gives the id, and the end comes in a second call."""

import uuid
from typing import Any

import msgspec

from trilha_server.api.lookups import existing_trace, search_page
from trilha_server.api.mlflow.dialect import Dialect
from trilha_server.api.mlflow.route import MlflowRoute
from trilha_server.api.mlflow.trace_json import metadata_of, present, server_tags
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.batch import InfoDeclared
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import TraceId
from trilha_server.domain.trace import Declaration, TraceInfo, TraceState
from trilha_server.ingest.door import Arrival, Sender

_Json = dict[str, Any]  # Any: JSON


class PairJson(msgspec.Struct):
    """A tag or a key of the metadata."""

    key: str
    value: str | None = None


class StartTrace(msgspec.Struct):
    """Begin a trace."""

    experiment_id: str
    timestamp_ms: int
    request_metadata: list[PairJson] = []
    tags: list[PairJson] = []
    sender_client: str = ""
    sender_body_bytes: int = 0
    sender_dialect: Dialect = Dialect.HTTP


class EndTrace(msgspec.Struct):
    """End a trace."""

    request_id: str
    timestamp_ms: int
    """When it ended."""
    status: str
    request_metadata: list[PairJson] = []
    tags: list[PairJson] = []
    sender_client: str = ""
    sender_body_bytes: int = 0
    sender_dialect: Dialect = Dialect.HTTP


class ByRequestId(msgspec.Struct):
    """Name a trace."""

    request_id: str
    sender_dialect: Dialect = Dialect.HTTP


class Search(msgspec.Struct):
    """Find traces."""

    experiment_ids: list[str] = []
    filter: str | None = None
    max_results: int = 100
    order_by: list[str] = []
    page_token: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


def start_trace(services: Services, request: StartTrace) -> _Json:
    """Begin a trace under a new id."""
    declared = Declaration(
        request_time_ms=request.timestamp_ms,
        state=TraceState.IN_PROGRESS,
        metadata=_dict(request.request_metadata),
        tags=_dict(request.tags),
    )
    trace_id = TraceId(f"tr-{uuid.uuid4().hex}")
    experiment_id = services.experiments.require(request.experiment_id)
    update = InfoDeclared(experiment_id=experiment_id, trace_id=trace_id, declared=declared)
    _admit(services, update, request.sender_client, request.sender_body_bytes)
    return {"trace_info": _info_json(existing_trace(services, trace_id), request.sender_dialect)}


def end_trace(services: Services, request: EndTrace) -> _Json:
    """Declare how and when a trace ended."""
    kept = existing_trace(services, request.request_id)
    try:
        state = TraceState(request.status)
    except ValueError as error:
        raise InvalidInput("a trace's status is OK, ERROR or IN_PROGRESS", status=request.status[:40]) from error
    declared = Declaration(
        request_time_ms=kept.request_time_ms,
        duration_ms=max(0, request.timestamp_ms - kept.request_time_ms),
        state=state,
        metadata=_dict(request.request_metadata),
        tags=_dict(request.tags),
    )
    update = InfoDeclared(experiment_id=kept.experiment_id, trace_id=kept.trace_id, declared=declared)
    _admit(services, update, request.sender_client, request.sender_body_bytes)
    return {"trace_info": _info_json(existing_trace(services, request.request_id), request.sender_dialect)}


def get_info(services: Services, request: ByRequestId) -> _Json:
    """Read a trace's information."""
    return {"trace_info": _info_json(existing_trace(services, request.request_id), request.sender_dialect)}


def search(services: Services, request: Search) -> _Json:
    """Find traces."""
    page = search_page(services, request.experiment_ids, request)
    answer: _Json = {"traces": [_info_json(info, request.sender_dialect) for info in page.traces]}
    if page.next_page_token is not None:
        answer["next_page_token"] = page.next_page_token
    return answer


def _admit(services: Services, update: InfoDeclared, client: str, body_bytes: int) -> None:
    services.door.admit(Arrival(Sender(client, "mlflow-rest"), [update], body_bytes)).result()


def _info_json(info: TraceInfo, dialect: Dialect) -> _Json:
    return {
        "request_id": info.trace_id,
        "experiment_id": str(info.experiment_id),
        "timestamp_ms": info.request_time_ms,
        "execution_time_ms": info.duration_ms or 0,
        "status": info.state.value,
        "request_metadata": _pairs(metadata_of(info)),
        "tags": _pairs({**info.tags, **server_tags(info, dialect)}),
    }


def _dict(pairs: list[PairJson]) -> dict[str, str]:
    return present({pair.key: pair.value for pair in pairs})


def _pairs(values: dict[str, str]) -> list[_Json]:
    return [{"key": key, "value": value} for key, value in values.items()]


_BASE = "/api/2.0/mlflow/traces"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=_BASE, permission=Permission.WRITE, request=StartTrace, handle=start_trace),
    MlflowRoute(method="GET", path=_BASE, permission=Permission.READ, request=Search, handle=search),
    MlflowRoute(
        method="GET",
        path=f"{_BASE}/{{request_id}}/info",
        permission=Permission.READ,
        request=ByRequestId,
        handle=get_info,
    ),
    MlflowRoute(
        method="PATCH", path=f"{_BASE}/{{request_id}}", permission=Permission.WRITE, request=EndTrace, handle=end_trace
    ),
]
