"""What a filter may name, and how many traces have which values, of the native API."""

from typing import Annotated

from fastapi import Query

from trilha_server.analysis.facet_counts import count_useful_values, count_values, has_values
from trilha_server.analysis.observed_fields import observed_fields, observed_values
from trilha_server.analysis.profiles import read_profiles
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.facet_models import (
    FacetModel,
    FacetsModel,
    FacetsRequest,
    FieldModel,
    FieldsModel,
    FieldText,
    ValuesModel,
)
from trilha_server.api.v1.models import ExperimentIdText
from trilha_server.domain.errors import InvalidInput
from trilha_server.domain.figures import FiguresQuery
from trilha_server.domain.filter import AssessmentField, FilterField
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.search.fields import TRACE_FIELDS
from trilha_server.search.parse import parse_field, parse_filter
from trilha_server.search.printing import print_field

MAX_COUNTED = 2000
"""Traces whose values are counted, the newest: read in a tenth of a second."""


def facet_routes(services: Services) -> list[ModelRoute]:
    """List the routes of fields, values and facets."""
    store = services.store

    def fields(experiment_id: Annotated[ExperimentIdText, Query()]) -> FieldsModel:
        number = parse_experiment_id(experiment_id)
        store.experiments.get_experiment(number)
        found = observed_fields(store, number, TRACE_FIELDS)
        return FieldsModel(fields=[FieldModel.of(one) for one in found.fields], counted_traces=found.counted)

    def values(
        experiment_id: Annotated[ExperimentIdText, Query()],
        field: Annotated[FieldText, Query()],
        prefix: Annotated[str, Query(max_length=1000)] = "",
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> ValuesModel:
        number = parse_experiment_id(experiment_id)
        store.experiments.get_experiment(number)
        return ValuesModel.of(observed_values(store, number, parse_field(field), prefix, limit))

    def facets(request: FacetsRequest) -> FacetsModel:
        named = None if request.fields is None else [_countable(text) for text in request.fields]
        query = FiguresQuery(
            experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
            filter=parse_filter(request.filter),
            start_ms=request.start_ms,
            end_ms=request.end_ms,
        )
        is_assessed = any(isinstance(field, AssessmentField) for field in named or ())
        found = read_profiles(store, query, MAX_COUNTED, with_assessments=is_assessed)
        if named is None:
            counts = count_useful_values(found.profiles, request.max_values)
        else:
            counts = count_values(found.profiles, named, request.max_values)
        return FacetsModel(
            facets=[FacetModel.of(one) for one in counts],
            counted_traces=len(found.profiles),
            is_complete=found.is_complete,
        )

    read = Permission.READ
    return [
        ModelRoute(
            method="GET",
            path="/api/v1/fields",
            permission=read,
            handle=fields,
            summary="What a filter may name",
            errors=(404,),
        ),
        ModelRoute(
            method="GET",
            path="/api/v1/values",
            permission=read,
            handle=values,
            summary="Values of a field",
            errors=(404,),
        ),
        ModelRoute(
            method="POST",
            path="/api/v1/facets",
            permission=read,
            handle=facets,
            summary="How many traces have which values",
        ),
    ]


def _countable(text: str) -> FilterField:
    field = parse_field(text)
    if not has_values(field):
        raise InvalidInput(
            f"values of '{print_field(field)}' cannot be counted one by one; leave it out, or ask for figures"
        )
    return field
