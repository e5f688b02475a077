"""Experiments."""

from typing import Any

import msgspec

from trilha_server.api.mlflow.dialect import Dialect, experiment_uri
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.stages import stages_of_view
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.catalog.directory import check_name
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.experiment import Experiment, LifecycleStage
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.search.experiments import (
    matches_experiment,
    parse_experiment_filter,
    parse_experiment_order,
    sort_experiments,
)
from trilha_server.search.page_token import decode_page_token, encode_page_token

MAX_RESULTS = 50_000  # MLflow's limit
_Json = dict[str, Any]  # Any: JSON


class TagJson(msgspec.Struct):
    """One tag."""

    key: str
    value: str = ""


class Create(msgspec.Struct):
    """Make an experiment."""

    name: str
    artifact_location: str | None = None
    tags: list[TagJson] = []


class ById(msgspec.Struct):
    """Name an experiment by id."""

    experiment_id: str
    sender_dialect: Dialect = Dialect.HTTP


class ByName(msgspec.Struct):
    """Name an experiment by name."""

    experiment_name: str
    sender_dialect: Dialect = Dialect.HTTP


class Search(msgspec.Struct):
    """Find experiments."""

    max_results: int = 1000
    filter: str | None = None
    order_by: list[str] = []
    view_type: str = "ACTIVE_ONLY"
    page_token: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


class Update(msgspec.Struct):
    """Rename an experiment."""

    experiment_id: str
    new_name: str | None = None


class SetTag(msgspec.Struct):
    """Set a tag of an experiment."""

    experiment_id: str
    key: str
    value: str = ""


class DeleteTag(msgspec.Struct):
    """Delete a tag of an experiment."""

    experiment_id: str
    key: str


def create(services: Services, request: Create) -> _Json:
    """Make an experiment."""
    if request.artifact_location:
        services.artifacts.check_location(request.artifact_location)
    made = services.store.experiments.create_experiment(
        check_name(request.name), request.artifact_location or None, {tag.key: tag.value for tag in request.tags}
    )
    return {"experiment_id": str(made.experiment_id)}


def get(services: Services, request: ById) -> _Json:
    """Read an experiment, deleted or not."""
    return {"experiment": _experiment_json(_existing(services, request.experiment_id), request.sender_dialect)}


def get_by_name(services: Services, request: ByName) -> _Json:
    """Read an experiment by name, deleted or not."""
    found = services.store.experiments.experiment_by_name(request.experiment_name)
    if found is None:
        raise NotFound("there is no such experiment", name=request.experiment_name[:500])
    return {"experiment": _experiment_json(found, request.sender_dialect)}


def search(services: Services, request: Search) -> _Json:
    """Find experiments."""
    if not 1 <= request.max_results <= MAX_RESULTS:
        raise InvalidInput(
            f"invalid value {request.max_results} for parameter 'max_results': it must be from 1 to {MAX_RESULTS}"
        )
    tree = parse_experiment_filter(request.filter or "")
    order = parse_experiment_order(request.order_by)
    stages = stages_of_view("view_type", request.view_type)
    found = [
        experiment
        for experiment in services.store.experiments.list_experiments()
        if experiment.stage in stages and (tree is None or matches_experiment(tree, experiment))
    ]
    start = _offset(request.page_token)
    page = sort_experiments(found, order)[start : start + request.max_results]
    answer: _Json = {"experiments": [_experiment_json(experiment, request.sender_dialect) for experiment in page]}
    if start + len(page) < len(found):
        answer["next_page_token"] = encode_page_token([start + len(page)])
    return answer


def update(services: Services, request: Update) -> Empty:
    """Rename an experiment."""
    kept = _existing(services, request.experiment_id)
    if request.new_name is not None:
        _change(services, msgspec.structs.replace(kept, name=check_name(request.new_name)))
    return Empty()


def delete(services: Services, request: ById) -> Empty:
    """Put an experiment away."""
    return _move(services, request, LifecycleStage.ACTIVE, LifecycleStage.DELETED)


def restore(services: Services, request: ById) -> Empty:
    """Bring an experiment back."""
    return _move(services, request, LifecycleStage.DELETED, LifecycleStage.ACTIVE)


def set_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag of an experiment."""
    kept = _existing(services, request.experiment_id)
    _change(services, msgspec.structs.replace(kept, tags=kept.tags | {request.key: request.value}))
    return Empty()


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag of an experiment."""
    kept = _existing(services, request.experiment_id)
    if request.key not in kept.tags:
        raise NotFound("the experiment has no such tag", key=request.key[:250])
    tags = {key: value for key, value in kept.tags.items() if key != request.key}
    _change(services, msgspec.structs.replace(kept, tags=tags))
    return Empty()


def _existing(services: Services, experiment_id: str) -> Experiment:
    return services.store.experiments.get_experiment(parse_experiment_id(experiment_id))


def _change(services: Services, experiment: Experiment) -> None:
    now_ms = services.clock.now_ms()
    services.store.experiments.update_experiment(msgspec.structs.replace(experiment, update_time_ms=now_ms))
    services.experiments.forget()


def _move(services: Services, request: ById, before: LifecycleStage, after: LifecycleStage) -> Empty:
    kept = _existing(services, request.experiment_id)
    if kept.stage is not before:
        raise NotFound(f"there is no such {before.value} experiment", experiment_id=request.experiment_id)
    _change(services, msgspec.structs.replace(kept, stage=after))
    return Empty()


def _offset(page_token: str | None) -> int:
    if not page_token:
        return 0
    match decode_page_token(page_token):
        case (int(start),) if start >= 0:
            return start
        case _:
            raise InvalidInput("invalid page token: it belongs to another search")


def _experiment_json(experiment: Experiment, dialect: Dialect) -> _Json:
    written: _Json = {
        "experiment_id": str(experiment.experiment_id),
        "name": experiment.name,
        "artifact_location": experiment.artifact_location or experiment_uri(dialect, experiment.experiment_id),
        "lifecycle_stage": experiment.stage.value,
        "creation_time": experiment.create_time_ms,
        "last_update_time": experiment.update_time_ms,
    }
    if experiment.tags:
        written["tags"] = [{"key": key, "value": value} for key, value in experiment.tags.items()]
    return written


_BASE = "/api/2.0/mlflow/experiments"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=f"{_BASE}/create", permission=Permission.WRITE, request=Create, handle=create),
    MlflowRoute(method="GET", path=f"{_BASE}/get", permission=Permission.READ, request=ById, handle=get),
    MlflowRoute(
        method="GET", path=f"{_BASE}/get-by-name", permission=Permission.READ, request=ByName, handle=get_by_name
    ),
    MlflowRoute(method="POST", path=f"{_BASE}/search", permission=Permission.READ, request=Search, handle=search),
    MlflowRoute(method="GET", path=f"{_BASE}/search", permission=Permission.READ, request=Search, handle=search),
    MlflowRoute(method="GET", path=f"{_BASE}/list", permission=Permission.READ, request=Search, handle=search),
    MlflowRoute(method="POST", path=f"{_BASE}/update", permission=Permission.MANAGE, request=Update, handle=update),
    MlflowRoute(method="POST", path=f"{_BASE}/delete", permission=Permission.MANAGE, request=ById, handle=delete),
    MlflowRoute(method="POST", path=f"{_BASE}/restore", permission=Permission.MANAGE, request=ById, handle=restore),
    MlflowRoute(
        method="POST", path=f"{_BASE}/set-experiment-tag", permission=Permission.WRITE, request=SetTag, handle=set_tag
    ),
    MlflowRoute(
        method="POST",
        path=f"{_BASE}/delete-experiment-tag",
        permission=Permission.WRITE,
        request=DeleteTag,
        handle=delete_tag,
    ),
]
