"""What the handlers of all dialects look up in the same way."""

from collections.abc import Sequence

from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import TraceId, parse_experiment_id, parse_trace_id
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TracePage, TraceQuery
from trilha_server.search.order import parse_order
from trilha_server.search.parse import parse_filter

MAX_PAGE_TRACES = 500  # MLflow's limit


def known_trace_id(text: str) -> TraceId:
    """Read the id of a trace that should exist. Raises `NotFound` where no trace can have it."""
    try:
        return parse_trace_id(text)
    except InvalidInput as error:
        raise NotFound("there is no such trace", trace_id=text[:80]) from error


def existing_trace(services: Services, text: str) -> TraceInfo:
    """Read a trace. Raises `NotFound`."""
    found = services.store.reader.get([known_trace_id(text)])
    if not found:
        raise NotFound("there is no such trace", trace_id=text)
    return found[0]


def search_page(
    services: Services,
    experiment_ids: Sequence[str],
    *,
    filter_text: str | None,
    order_by: Sequence[str],
    max_results: int,
    page_token: str | None,
) -> TracePage:
    """Find traces by what a client wrote. Raises `InvalidInput`."""
    if not 1 <= max_results <= MAX_PAGE_TRACES:
        raise InvalidInput(
            f"invalid value {max_results} for parameter 'max_results': it must be from 1 to {MAX_PAGE_TRACES}"
        )
    query = TraceQuery(
        experiment_ids=tuple(parse_experiment_id(text) for text in experiment_ids),
        filter=parse_filter(filter_text or ""),
        order=parse_order(order_by),
        limit=max_results,
        page_token=page_token or None,
    )
    return services.store.reader.search(query)
