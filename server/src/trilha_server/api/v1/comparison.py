"""Two sets of traces side by side, of the native API."""

from trilha_server.analysis.comparison import LEVEL
from trilha_server.analysis.reading import TwoSets, compare_traces, differing_traces
from trilha_server.analysis.wording import conclusion
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.comparison_models import (
    AttributeModel,
    ComparisonAnswer,
    ComparisonRequest,
    DifferencesAnswer,
    DifferencesRequest,
    ExtentModel,
    MetricModel,
    TwoSetsRequest,
)
from trilha_server.domain.ids import parse_experiment_id
from trilha_server.search.parse import parse_filter
from trilha_server.search.printing import print_field
from trilha_server.search.trees import all_of, comparisons

CORRECTION = "holm"


def comparison_routes(services: Services) -> list[ModelRoute]:
    """List the routes of comparison."""
    store = services.store

    def compare(request: ComparisonRequest) -> ComparisonAnswer:
        result = compare_traces(store, _sets(request, request.sample), frozenset(request.lower_is_better))
        return ComparisonAnswer(
            verdict=result.found.verdict.value,
            conclusion=conclusion(result.found),
            a=ExtentModel.of(result.a),
            b=ExtentModel.of(result.b),
            shared_traces=result.shared,
            confidence_level=LEVEL,
            correction=CORRECTION,
            metrics=[MetricModel.of(one) for one in result.found.metrics],
        )

    def differ(request: DifferencesRequest) -> DifferencesAnswer:
        fields = {one.field for text in (request.a, request.b) for one in comparisons(parse_filter(text))}
        result = differing_traces(store, _sets(request, request.sample), frozenset(fields), request.max_values)
        return DifferencesAnswer(
            a=ExtentModel.of(result.a),
            b=ExtentModel.of(result.b),
            compared=result.found.compared,
            different=len(result.found.attributes),
            ignored=sorted(print_field(field) for field in fields),
            attributes=[AttributeModel.of(one) for one in result.found.attributes[: request.max_attributes]],
        )

    return [
        ModelRoute(
            method="POST",
            path="/api/v1/comparison",
            permission=Permission.READ,
            handle=compare,
            summary="Say whether one set of traces is worse than another",
        ),
        ModelRoute(
            method="POST",
            path="/api/v1/differences",
            permission=Permission.READ,
            handle=differ,
            summary="Say what differs between two sets of traces",
        ),
    ]


def _sets(request: TwoSetsRequest, sample: int) -> TwoSets:
    common = parse_filter(request.filter or "")
    return TwoSets(
        experiment_ids=tuple(parse_experiment_id(text) for text in request.experiment_ids),
        a=all_of(parse_filter(request.a), common),
        b=all_of(parse_filter(request.b), common),
        start_ms=request.start_ms,
        end_ms=request.end_ms,
        sample=sample,
    )
