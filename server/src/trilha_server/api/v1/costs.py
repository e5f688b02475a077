"""Costs, prices and jobs of the native API."""

import uuid
from typing import Annotated

from fastapi import Path, Query

from trilha_server.api.lookups import existing_trace
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.cost_models import (
    JobModel,
    JobsModel,
    Name,
    PriceOverrideModel,
    PriceOverridesModel,
    RepricingRequest,
    TimeMs,
    TraceCostModel,
)
from trilha_server.api.v1.models import ExperimentIdText, TraceIdText
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.ids import ExperimentId, parse_experiment_id
from trilha_server.domain.job import Job, JobKind
from trilha_server.normalise.bill import bill_of
from trilha_server.normalise.price_overrides import check_override

MAX_JOBS = 100

ExperimentPath = Annotated[ExperimentIdText, Path()]
JobPath = Annotated[str, Path(max_length=100)]


def cost_routes(services: Services) -> list[ModelRoute]:
    """List the routes of costs and of prices."""
    store = services.store

    def existing(experiment_id: str) -> ExperimentId:
        return store.experiments.get_experiment(parse_experiment_id(experiment_id)).experiment_id

    def trace_cost(trace_id: Annotated[TraceIdText, Path()]) -> TraceCostModel:
        info = existing_trace(services, trace_id)
        return TraceCostModel.of(info, bill_of(store.reader.structure(info.trace_id)))

    def prices(experiment_id: ExperimentPath) -> PriceOverridesModel:
        overrides = store.prices.overrides(existing(experiment_id))
        return PriceOverridesModel(prices=[PriceOverrideModel.of(override) for override in overrides])

    def set_price(experiment_id: ExperimentPath, price: PriceOverrideModel) -> PriceOverrideModel:
        number = existing(experiment_id)
        store.prices.put_override(number, check_override(price.override(services.clock.now_ms())))
        services.pricer.forget(number)
        return price

    def delete_prices(
        experiment_id: ExperimentPath,
        model: Annotated[Name | None, Query()] = None,
        provider: Annotated[Name | None, Query()] = None,
        from_ms: Annotated[TimeMs | None, Query()] = None,
    ) -> PriceOverridesModel:
        number = existing(experiment_id)
        store.prices.delete_overrides(number, provider, model, from_ms)
        services.pricer.forget(number)
        return prices(experiment_id)

    of_experiment = "/api/v1/experiments/{experiment_id}/prices"
    return [
        ModelRoute(
            method="GET",
            path="/api/v1/traces/{trace_id}/cost",
            permission=Permission.READ,
            handle=trace_cost,
            summary="What a trace cost, and why",
            errors=(404,),
        ),
        ModelRoute(
            method="GET",
            path=of_experiment,
            permission=Permission.READ,
            handle=prices,
            summary="The prices of an experiment's own",
            errors=(404,),
        ),
        ModelRoute(
            method="PUT",
            path=of_experiment,
            permission=Permission.MANAGE,
            handle=set_price,
            summary="Set a price, in place of that of the same model, provider and time",
            errors=(404,),
        ),
        ModelRoute(
            method="DELETE",
            path=of_experiment,
            permission=Permission.MANAGE,
            handle=delete_prices,
            summary="Forget prices: those of a model, a provider, a time, or all; answers with what is left",
            errors=(404,),
        ),
    ]


def job_routes(services: Services) -> list[ModelRoute]:
    """List the routes of jobs."""
    store = services.store

    def reprice(experiment_id: ExperimentPath, request: RepricingRequest) -> JobModel:
        now_ms = services.clock.now_ms()
        end_ms = now_ms + 1 if request.end_ms is None else request.end_ms
        if request.start_ms >= end_ms:
            raise InvalidInput("'start_ms' must be before 'end_ms'")
        experiment = store.experiments.get_experiment(parse_experiment_id(experiment_id))
        job = Job(
            job_id=uuid.uuid4().hex,
            kind=JobKind.REPRICING,
            experiment_id=experiment.experiment_id,
            start_ms=request.start_ms,
            end_ms=end_ms,
            create_time_ms=now_ms,
            update_time_ms=now_ms,
        )
        store.jobs.create_job(job)
        services.repricing.wake()
        return JobModel.of(job)

    def get(job_id: JobPath) -> JobModel:
        return JobModel.of(store.jobs.get_job(job_id))

    def list_all(experiment_id: Annotated[ExperimentIdText | None, Query()] = None) -> JobsModel:
        number = None if experiment_id is None else parse_experiment_id(experiment_id)
        return JobsModel(jobs=[JobModel.of(job) for job in store.jobs.list_jobs(number, MAX_JOBS)])

    def cancel(job_id: JobPath) -> JobModel:
        return JobModel.of(store.jobs.cancel_job(job_id))

    one = "/api/v1/jobs/{job_id}"
    return [
        ModelRoute(
            method="POST",
            path="/api/v1/experiments/{experiment_id}/repricing",
            permission=Permission.MANAGE,
            handle=reprice,
            summary="Compute the costs of traces anew",
            errors=(404,),
        ),
        ModelRoute(
            method="GET",
            path="/api/v1/jobs",
            permission=Permission.READ,
            handle=list_all,
            summary="The newest hundred jobs",
        ),
        ModelRoute(
            method="GET", path=one, permission=Permission.READ, handle=get, summary="A job's progress", errors=(404,)
        ),
        ModelRoute(
            method="DELETE",
            path=one,
            permission=Permission.MANAGE,
            handle=cancel,
            summary="Stop a job; what it has done, stays done",
            errors=(404,),
        ),
    ]
