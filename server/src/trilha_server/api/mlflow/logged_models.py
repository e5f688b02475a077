"""Versions, which MLflow calls logged models."""

import uuid
from typing import Any

import msgspec
from trilha import names

from trilha_server.api.mlflow.dialect import Dialect
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.version_json import PairJson, read_pairs, read_status, version_json
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.domain.version import (
    DatasetKey,
    Version,
    VersionChange,
    VersionId,
    VersionStatus,
    check_key,
    check_version_name,
)
from trilha_server.ports import VersionQuery
from trilha_server.search.versions import OrderText, parse_version_filter, parse_version_order

MAX_RESULTS = 50_000
_Json = dict[str, Any]  # Any: JSON


class Create(msgspec.Struct):
    """Make a version."""

    experiment_id: str
    name: str | None = None
    model_type: str | None = None
    source_run_id: str | None = None
    params: list[PairJson] = []
    tags: list[PairJson] = []
    sender_dialect: Dialect = Dialect.HTTP


class Get(msgspec.Struct):
    """Name a version."""

    model_id: str
    allow_deleted: bool = False
    sender_dialect: Dialect = Dialect.HTTP


class Finalize(msgspec.Struct):
    """Say whether a version can be used."""

    model_id: str
    status: str
    sender_dialect: Dialect = Dialect.HTTP


class ById(msgspec.Struct):
    """Name a version."""

    model_id: str


class SetTags(msgspec.Struct):
    """Set tags of a version."""

    model_id: str
    tags: list[PairJson] = []


class DeleteTag(msgspec.Struct):
    """Delete a tag of a version."""

    model_id: str
    tag_key: str


class LogParams(msgspec.Struct):
    """Give a version parameters."""

    model_id: str
    params: list[PairJson] = []


class DatasetJson(msgspec.Struct):
    """Name a dataset."""

    dataset_name: str
    dataset_digest: str | None = None


class OrderJson(msgspec.Struct):
    """Name a field to order by; a metric as it was measured on a dataset."""

    field_name: str
    ascending: bool = True
    dataset_name: str | None = None
    dataset_digest: str | None = None


class Search(msgspec.Struct):
    """Find versions."""

    experiment_ids: list[str] = []
    filter: str | None = None
    datasets: list[DatasetJson] = []
    max_results: int = 100
    order_by: list[OrderJson] = []
    page_token: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


def create(services: Services, request: Create) -> _Json:
    """Make a version."""
    experiment_id = services.experiments.require(request.experiment_id)
    version_id = VersionId(f"m-{uuid.uuid4().hex}")
    now_ms = services.clock.now_ms()
    made = Version(
        version_id=version_id,
        experiment_id=experiment_id,
        name=check_version_name(f"version-{version_id[2:10]}" if request.name is None else request.name),
        kind=request.model_type or None,
        source_run_id=request.source_run_id or None,
        status=VersionStatus.PENDING,
        create_time_ms=now_ms,
        update_time_ms=now_ms,
        tags=read_pairs(request.tags),
        params=read_pairs(request.params),
    )
    # Clients cannot ask for it in any other way: they send nothing but what a version has.
    if made.tags.get(names.GET_OR_CREATE) == "true":
        made = services.store.versions.ensure_version(made)
    else:
        services.store.versions.create_version(made)
    return {"model": version_json(made, request.sender_dialect)}


def get(services: Services, request: Get) -> _Json:
    """Read a version."""
    found = services.store.versions.get_version(VersionId(request.model_id), deleted_too=request.allow_deleted)
    return {"model": version_json(found, request.sender_dialect)}


def finalize(services: Services, request: Finalize) -> _Json:
    """Say whether a version can be used."""
    change = VersionChange(time_ms=services.clock.now_ms(), status=read_status(request.status))
    changed = services.store.versions.change_version(VersionId(request.model_id), change)
    return {"model": version_json(changed, request.sender_dialect)}


def delete(services: Services, request: ById) -> Empty:
    """Put a version away."""
    services.store.versions.delete_version(VersionId(request.model_id), services.clock.now_ms())
    return Empty()


def set_tags(services: Services, request: SetTags) -> Empty:
    """Set tags of a version."""
    change = VersionChange(time_ms=services.clock.now_ms(), tags=read_pairs(request.tags))
    services.store.versions.change_version(VersionId(request.model_id), change)
    return Empty()


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of a version."""
    change = VersionChange(time_ms=services.clock.now_ms(), tags={check_key(request.tag_key): None})
    services.store.versions.change_version(VersionId(request.model_id), change)
    return Empty()


def log_params(services: Services, request: LogParams) -> Empty:
    """Give a version parameters."""
    change = VersionChange(time_ms=services.clock.now_ms(), params=read_pairs(request.params))
    services.store.versions.change_version(VersionId(request.model_id), change)
    return Empty()


def search(services: Services, request: Search) -> _Json:
    """Find versions."""
    if not 1 <= request.max_results <= MAX_RESULTS:
        raise InvalidInput(
            f"invalid value {request.max_results} for parameter 'max_results': it must be from 1 to {MAX_RESULTS}"
        )
    query = VersionQuery(
        experiment_ids=tuple(dict.fromkeys(parse_experiment_id(text) for text in request.experiment_ids)),
        filter=parse_version_filter(request.filter or ""),
        order=parse_version_order([_order_text(term) for term in request.order_by]),
        datasets=tuple(DatasetKey(dataset.dataset_name, dataset.dataset_digest) for dataset in request.datasets),
        limit=request.max_results,
        page_token=request.page_token or None,
    )
    page = services.store.versions.search_versions(query)
    answer: _Json = {"models": [version_json(version, request.sender_dialect) for version in page.versions]}
    if page.next_page_token is not None:
        answer["next_page_token"] = page.next_page_token
    return answer


def _order_text(term: OrderJson) -> OrderText:
    if term.dataset_digest is not None and term.dataset_name is None:
        raise InvalidInput("'dataset_digest' in 'order_by' needs its 'dataset_name'")
    dataset = None if term.dataset_name is None else DatasetKey(term.dataset_name, term.dataset_digest)
    return OrderText(term.field_name, descending=not term.ascending, dataset=dataset)


_BASE = "/api/2.0/mlflow/logged-models"
_ONE = f"{_BASE}/{{model_id}}"
_READ, _WRITE, _MANAGE = Permission.READ, Permission.WRITE, Permission.MANAGE

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=_BASE, permission=_WRITE, request=Create, handle=create),
    MlflowRoute(method="POST", path=f"{_BASE}/search", permission=_READ, request=Search, handle=search),
    MlflowRoute(method="GET", path=_ONE, permission=_READ, request=Get, handle=get),
    MlflowRoute(method="PATCH", path=_ONE, permission=_WRITE, request=Finalize, handle=finalize),
    MlflowRoute(method="DELETE", path=_ONE, permission=_MANAGE, request=ById, handle=delete),
    MlflowRoute(method="PATCH", path=f"{_ONE}/tags", permission=_WRITE, request=SetTags, handle=set_tags),
    MlflowRoute(
        method="DELETE",
        path=f"{_ONE}/tags/{{tag_key:path}}",  # clients leave a "/" in a key as it is
        permission=_WRITE,
        request=DeleteTag,
        handle=delete_tag,
    ),
    MlflowRoute(method="POST", path=f"{_ONE}/params", permission=_WRITE, request=LogParams, handle=log_params),
]
