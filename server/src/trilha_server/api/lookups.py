"""What the handlers of all dialects look up in the same way."""

from collections.abc import Sequence
from typing import Protocol

from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import TraceId, parse_experiment_id, parse_trace_id
from trilha_server.domain.trace import TraceInfo
from trilha_server.ports import TracePage, TraceQuery
from trilha_server.search.order import parse_order
from trilha_server.search.parse import parse_filter

MAX_PAGE_TRACES = 500  # MLflow's limit


class SearchRequest(Protocol):
    """What every dialect asks a search by, beside the experiments."""

    @property
    def filter(self) -> str | None:
        """The filter as the client wrote it."""
        ...

    @property
    def order_by(self) -> Sequence[str]:
        """Terms such as `timestamp_ms DESC`."""
        ...

    @property
    def max_results(self) -> int:
        """How long a page may be."""
        ...

    @property
    def page_token(self) -> str | None:
        """Where the page before ended."""
        ...


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


def search_page(services: Services, experiment_ids: Sequence[str], asked: SearchRequest) -> TracePage:
    """Find traces. Raises `InvalidInput`."""
    if not 1 <= asked.max_results <= MAX_PAGE_TRACES:
        raise InvalidInput(
            f"invalid value {asked.max_results} for parameter 'max_results': it must be from 1 to {MAX_PAGE_TRACES}"
        )
    query = TraceQuery(
        experiment_ids=tuple(parse_experiment_id(text) for text in experiment_ids),
        filter=parse_filter(asked.filter or ""),
        order=parse_order(asked.order_by),
        limit=asked.max_results,
        page_token=asked.page_token or None,
    )
    return services.store.reader.search(query)
