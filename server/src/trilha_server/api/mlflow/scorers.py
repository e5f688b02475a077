"""Scorers, their versions, and how much each is to score."""

from typing import Any

import msgspec

from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import ExperimentId, parse_experiment_id
from trilha_server.domain.scorer import (
    OnlineScoring,
    Scorer,
    ScorerNumber,
    check_definition,
    check_sample_rate,
    check_scorer_name,
)
from trilha_server.search.parse import parse_filter

_Json = dict[str, Any]  # Any: JSON


class Register(msgspec.Struct):
    """Keep the next version of a scorer."""

    experiment_id: str
    name: str
    serialized_scorer: str


class ListScorers(msgspec.Struct):
    """Name one experiment or several."""

    experiment_id: str | None = None
    experiment_ids: list[str] = []


class ByName(msgspec.Struct):
    """Name a scorer, and one of its versions or none."""

    experiment_id: str
    name: str
    version: ScorerNumber | None = None


class OnlineConfigs(msgspec.Struct):
    """Name scorers by their ids."""

    scorer_ids: list[str] = []


class OnlineConfig(msgspec.Struct):
    """Say how much a scorer is to score; what is left out stays."""

    experiment_id: str
    name: str
    sample_rate: float | None = None
    filter_string: str | None = None


def register(services: Services, request: Register) -> _Json:
    """Keep the next version of a scorer. Nothing of it is run."""
    experiment_id = services.experiments.require(request.experiment_id)
    name, definition = check_scorer_name(request.name), check_definition(request.serialized_scorer)
    made = services.store.scorers.register_scorer(experiment_id, name, definition)
    return {
        "version": made.version,
        "scorer_id": made.scorer_id,
        "experiment_id": str(made.experiment_id),
        "name": made.name,
        "serialized_scorer": made.definition,
        "creation_time": made.create_time_ms,
    }


def list_newest(services: Services, request: ListScorers) -> _Json:
    """List the newest version of every scorer."""
    texts = request.experiment_ids if request.experiment_id is None else [request.experiment_id]
    if not texts:
        raise InvalidInput("missing value for required parameter 'experiment_id'")
    experiment_ids = [_existing(services, text) for text in dict.fromkeys(texts)]
    return _scorers_json(services.store.scorers.list_scorers(experiment_ids))


def list_versions(services: Services, request: ByName) -> _Json:
    """List all versions of a scorer."""
    found = services.store.scorers.scorer_versions(parse_experiment_id(request.experiment_id), request.name)
    if not found:
        raise NotFound("there is no such scorer", experiment_id=request.experiment_id, name=request.name[:80])
    return _scorers_json(found)


def get(services: Services, request: ByName) -> _Json:
    """Read one version of a scorer, or the newest."""
    experiment_id = parse_experiment_id(request.experiment_id)
    return {"scorer": _scorer_json(services.store.scorers.get_scorer(experiment_id, request.name, request.version))}


def delete(services: Services, request: ByName) -> Empty:
    """Forget one version of a scorer, or all."""
    experiment_id = parse_experiment_id(request.experiment_id)
    services.store.scorers.delete_scorer(experiment_id, request.name, request.version)
    return Empty()


def online_configs(services: Services, request: OnlineConfigs) -> _Json:
    """List how much scorers are to score."""
    found = services.store.scorers.online_scorings(list(dict.fromkeys(request.scorer_ids)))
    return {"configs": [_online_json(scoring) for scoring in found]}


def set_online_config(services: Services, request: OnlineConfig) -> _Json:
    """Say how much a scorer is to score."""
    experiment_id = services.experiments.require(request.experiment_id)
    check_sample_rate(request.sample_rate)
    parse_filter(request.filter_string or "")  # a bad one is refused now, not when the first trace comes
    changed = services.store.scorers.set_online_scoring(
        experiment_id, request.name, request.sample_rate, _trimmed(request.filter_string)
    )
    return {"config": _online_json(changed)}


def _existing(services: Services, experiment_id: str) -> ExperimentId:
    return services.store.experiments.get_experiment(parse_experiment_id(experiment_id)).experiment_id


def _trimmed(text: str | None) -> str | None:
    return None if text is None else text.strip()


def _scorers_json(scorers: list[Scorer]) -> _Json:
    return {"scorers": [_scorer_json(scorer) for scorer in scorers]}


def _scorer_json(scorer: Scorer) -> _Json:
    return {
        "experiment_id": scorer.experiment_id,  # a number in this one place of the protocol
        "scorer_name": scorer.name,
        "scorer_version": scorer.version,
        "serialized_scorer": scorer.definition,
        "creation_time": scorer.create_time_ms,
        "scorer_id": scorer.scorer_id,
    }


def _online_json(scoring: OnlineScoring) -> _Json:
    written: _Json = {
        "online_scoring_config_id": scoring.online_scoring_id,
        "scorer_id": scoring.scorer_id,
        "sample_rate": scoring.sample_rate,
        "experiment_id": str(scoring.experiment_id),
    }
    if scoring.filter is not None:
        written["filter_string"] = scoring.filter
    return written


_BASE = "/api/3.0/mlflow/scorers"
_READ, _WRITE, _MANAGE = Permission.READ, Permission.WRITE, Permission.MANAGE

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=f"{_BASE}/register", permission=_WRITE, request=Register, handle=register),
    MlflowRoute(method="GET", path=f"{_BASE}/list", permission=_READ, request=ListScorers, handle=list_newest),
    MlflowRoute(method="GET", path=f"{_BASE}/get", permission=_READ, request=ByName, handle=get),
    MlflowRoute(method="GET", path=f"{_BASE}/versions", permission=_READ, request=ByName, handle=list_versions),
    MlflowRoute(method="DELETE", path=f"{_BASE}/delete", permission=_MANAGE, request=ByName, handle=delete),
    MlflowRoute(
        method="GET", path=f"{_BASE}/online-configs", permission=_READ, request=OnlineConfigs, handle=online_configs
    ),
    MlflowRoute(
        method="PUT", path=f"{_BASE}/online-config", permission=_WRITE, request=OnlineConfig, handle=set_online_config
    ),
]
