"""Experiments and ingestion of the native API."""

from typing import Annotated

from fastapi import Path

from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.models import (
    ExperimentIdText,
    ExperimentModel,
    IngestionModel,
    IngestionRow,
    NewExperiment,
)
from trilha_server.catalog.directory import check_name
from trilha_server.domain.experiment import LifecycleStage
from trilha_server.domain.ids import parse_experiment_id


def experiment_routes(services: Services) -> list[ModelRoute]:
    """List the routes of experiments and of ingestion."""
    store = services.store.experiments

    def list_active() -> list[ExperimentModel]:
        return [
            ExperimentModel.of(experiment)
            for experiment in store.list_experiments()
            if experiment.stage is LifecycleStage.ACTIVE
        ]

    def get(experiment_id: Annotated[ExperimentIdText, Path()]) -> ExperimentModel:
        return ExperimentModel.of(store.get_experiment(parse_experiment_id(experiment_id)))

    def create(new: NewExperiment) -> ExperimentModel:
        return ExperimentModel.of(store.create_experiment(check_name(new.name), None, new.tags))

    def ingestion() -> IngestionModel:
        return IngestionModel(counts=[IngestionRow.of(count) for count in services.ledger.all_counts()])

    base = "/api/v1/experiments"
    return [
        ModelRoute(
            method="GET", path=base, permission=Permission.READ, handle=list_active, summary="List experiments in use"
        ),
        ModelRoute(
            method="POST",
            path=base,
            permission=Permission.WRITE,
            handle=create,
            summary="Make an experiment",
            errors=(400,),
        ),
        ModelRoute(
            method="GET",
            path=f"{base}/{{experiment_id}}",
            permission=Permission.READ,
            handle=get,
            summary="Read an experiment",
            errors=(404,),
        ),
        ModelRoute(
            method="GET",
            path="/api/v1/ingestion",
            permission=Permission.MANAGE,
            handle=ingestion,
            summary="What arrived, what was kept, what was refused and why",
        ),
    ]
