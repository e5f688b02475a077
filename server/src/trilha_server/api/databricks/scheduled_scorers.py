"""Scorers as clients of the `databricks` URI ask for them: all of an experiment at once, each with its schedule."""

import base64
import binascii
from typing import Any

import msgspec

from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.times import time_text
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.errors import NotFound
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


class ScheduledJson(msgspec.Struct):
    """A scorer, and how much it is to score; what is left out stays."""

    name: str
    serialized_scorer: str
    sample_rate: float | None = None
    filter_string: str | None = None
    scorer_version: int | None = None
    """The newest that the client knows of."""


class _Scheduled(msgspec.Struct):
    scorers: list[ScheduledJson] = []


class OfExperiment(msgspec.Struct):
    """Name an experiment."""

    experiment_id: str


class Put(msgspec.Struct):
    """Say which scorers an experiment has."""

    experiment_id: str
    scheduled_scorers: _Scheduled


class OfScorer(msgspec.Struct):
    """Name a scorer."""

    experiment_id: str
    key: str
    """The name in base64."""


class OfVersion(msgspec.Struct):
    """Name a version of a scorer."""

    experiment_id: str
    key: str
    version: ScorerNumber


def list_scheduled(services: Services, request: OfExperiment) -> _Json:
    """List the scorers of an experiment."""
    experiment_id = parse_experiment_id(request.experiment_id)
    return _answer(services, services.store.experiments.get_experiment(experiment_id).experiment_id)


def put_scheduled(services: Services, request: Put) -> _Json:
    """Keep scorers; one whose definition is new gets its next version.

    Clients read all, change one, and send all back. What another client has registered in between stays: scorers that
    are not among them, and versions that are newer than the one which a client sends back as it was.
    """
    experiment_id = services.experiments.require(request.experiment_id)
    for item in request.scheduled_scorers.scorers:
        check_scorer_name(item.name)
        check_definition(item.serialized_scorer)
        check_sample_rate(item.sample_rate)
        parse_filter(item.filter_string or "")
    kept = {scorer.name: scorer for scorer in services.store.scorers.list_scorers([experiment_id])}
    for item in request.scheduled_scorers.scorers:
        _put(services, experiment_id, item, kept.get(item.name))
    return _answer(services, experiment_id)


def list_versions(services: Services, request: OfScorer) -> _Json:
    """List all versions of a scorer."""
    experiment_id, name = parse_experiment_id(request.experiment_id), _name(request.key)
    found = services.store.scorers.scorer_versions(experiment_id, name)
    if not found:
        raise NotFound("there is no such scorer", experiment_id=experiment_id, name=name[:80])
    return {"scorer_versions": [_version_json(scorer) for scorer in found]}


def get_version(services: Services, request: OfVersion) -> _Json:
    """Read a version of a scorer."""
    experiment_id = parse_experiment_id(request.experiment_id)
    return _version_json(services.store.scorers.get_scorer(experiment_id, _name(request.key), request.version))


def delete_version(services: Services, request: OfVersion) -> Empty:
    """Forget a version of a scorer."""
    experiment_id = parse_experiment_id(request.experiment_id)
    services.store.scorers.delete_scorer(experiment_id, _name(request.key), request.version)
    return Empty()


def _put(services: Services, experiment_id: ExperimentId, item: ScheduledJson, kept: Scorer | None) -> None:
    if kept is None or not _is_known(services, kept, item):
        services.store.scorers.register_scorer(experiment_id, item.name, item.serialized_scorer)
    if item.sample_rate is not None:
        services.store.scorers.set_online_scoring(experiment_id, item.name, item.sample_rate, item.filter_string)


def _is_known(services: Services, newest: Scorer, item: ScheduledJson) -> bool:
    if item.serialized_scorer == newest.definition:
        return True
    versions = services.store.scorers.scorer_versions(newest.experiment_id, newest.name)
    return any(item.scorer_version == kept.version and item.serialized_scorer == kept.definition for kept in versions)


def _answer(services: Services, experiment_id: ExperimentId) -> _Json:
    scorers = services.store.scorers.list_scorers([experiment_id])
    scorings = services.store.scorers.online_scorings([scorer.scorer_id for scorer in scorers])
    schedules = {scoring.scorer_id: scoring for scoring in scorings}
    found = [_scheduled_json(scorer, schedules.get(scorer.scorer_id)) for scorer in scorers]
    return {"experiment_id": str(experiment_id), "scheduled_scorers": {"scorers": found}}


def _scheduled_json(scorer: Scorer, scoring: OnlineScoring | None) -> _Json:
    written: _Json = {"name": scorer.name, "scorer_version": scorer.version, **_definition_json(scorer)}
    if scoring is not None:
        written["sample_rate"] = scoring.sample_rate
        if scoring.filter is not None:
            written["filter_string"] = scoring.filter
    return written


def _version_json(scorer: Scorer) -> _Json:
    return {
        "name": f"experiments/{scorer.experiment_id}/scorers/{_key(scorer.name)}/versions/{scorer.version}",
        "display_name": scorer.name,
        "scorer_version": scorer.version,
        "create_time": time_text(scorer.create_time_ms),
        **_definition_json(scorer),
    }


def _definition_json(scorer: Scorer) -> _Json:
    is_builtin = bool(msgspec.json.decode(scorer.definition).get("builtin_scorer_class"))
    kind: _Json = {"builtin": {"name": scorer.name}} if is_builtin else {"custom": {}}
    return {"serialized_scorer": scorer.definition, **kind}


def _key(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).rstrip(b"=").decode()


def _name(key: str) -> str:
    try:
        padded = key.encode() + b"=" * (-len(key) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise NotFound("there is no such scorer: its name is expected in base64", key=key[:80]) from None


_SCHEDULED = "/api/2.0/managed-evals/scheduled-scorers/{experiment_id}"
_VERSIONS = "/api/2.0/managed-evals/experiments/{experiment_id}/scorers/{key}/versions"
_READ, _WRITE, _MANAGE = Permission.READ, Permission.WRITE, Permission.MANAGE

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="GET", path=_SCHEDULED, permission=_READ, request=OfExperiment, handle=list_scheduled),
    MlflowRoute(method="PATCH", path=_SCHEDULED, permission=_WRITE, request=Put, handle=put_scheduled),
    MlflowRoute(method="POST", path=_SCHEDULED, permission=_WRITE, request=Put, handle=put_scheduled),
    MlflowRoute(method="GET", path=_VERSIONS, permission=_READ, request=OfScorer, handle=list_versions),
    MlflowRoute(method="GET", path=f"{_VERSIONS}/{{version}}", permission=_READ, request=OfVersion, handle=get_version),
    MlflowRoute(
        method="DELETE", path=f"{_VERSIONS}/{{version}}", permission=_MANAGE, request=OfVersion, handle=delete_version
    ),
]
