"""Traces: found, read, tagged, deleted."""

import logging
from collections.abc import Sequence
from typing import Any, Literal, overload

from trilha._client.experiments import active_experiment_id, experiment_ids_of
from trilha._client.flushing import at_least_one, send_first
from trilha._client.http import V2, V3, connection
from trilha._client.pages import PagedList, all_pages
from trilha._client.table import Table, data_frame, has_pandas
from trilha._current import is_kept
from trilha.entities._spans import span_of_wire
from trilha.entities._traces import Trace, TraceData, TraceInfo
from trilha.exceptions import InvalidInput, NotFound

_BASE = f"{V3}/traces"
_PAGE = 100
_BATCH = 50
_log = logging.getLogger("trilha")

Experiments = Sequence[str] | str | None


@overload
def search_traces(
    experiment_ids: Experiments = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    extract_fields: Sequence[str] | None = None,
    run_id: str | None = None,
    *,
    return_type: Literal["list"],
    model_id: str | None = None,
    sql_warehouse_id: str | None = None,
    include_spans: bool = True,
    locations: Experiments = None,
    flush: bool = True,
    experiment_names: Experiments = None,
) -> list[Trace]: ...


@overload
def search_traces(
    experiment_ids: Experiments = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    extract_fields: Sequence[str] | None = None,
    run_id: str | None = None,
    return_type: Literal["pandas", "list"] | None = None,
    model_id: str | None = None,
    sql_warehouse_id: str | None = None,
    include_spans: bool = True,
    locations: Experiments = None,
    flush: bool = True,
    *,
    experiment_names: Experiments = None,
) -> Any: ...


def search_traces(  # noqa: PLR0913, PLR0917  # as MLflow has them
    experiment_ids: Experiments = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: Sequence[str] | None = None,
    extract_fields: Sequence[str] | None = None,
    run_id: str | None = None,
    return_type: Literal["pandas", "list"] | None = None,
    model_id: str | None = None,
    sql_warehouse_id: str | None = None,
    include_spans: bool = True,
    locations: Experiments = None,
    flush: bool = True,
    *,
    experiment_names: Experiments = None,
) -> Any:  # Any: a DataFrame, where pandas is installed
    """Find traces: a DataFrame where pandas is installed, or else a list that can do the most of it.

    What ended in this process is sent first, so that it is found. Experiments are named by id or by name; without any,
    the active one is searched. A version is named by id or by name, together with a filter if need be.
    """
    if return_type not in (None, "pandas", "list"):
        raise InvalidInput("'return_type' is 'pandas' or 'list'")
    unmeant = {"extract_fields": extract_fields, "sql_warehouse_id": sql_warehouse_id}
    if any(unmeant.values()):
        _log.warning("search_traces does nothing with %s", ", ".join(name for name, said in unmeant.items() if said))
    at_least_one("max_results", max_results)
    send_first(wanted=flush)
    ids = _places(experiment_ids, experiment_names, locations)
    text = filter_of(filter_string, run_id=run_id, model_id=model_id)

    def read(token: str | None) -> PagedList[Trace]:
        return search_page(ids, text, min(max_results or _PAGE, _PAGE), order_by, token, include_spans=include_spans)

    found = all_pages(read, max_results)
    if return_type == "list":
        return list(found)
    if return_type == "pandas" or has_pandas():
        return data_frame(found)
    return Table(found)


def search_page(
    experiment_ids: Sequence[str],
    filter_string: str | None,
    max_results: int,
    order_by: Sequence[str] | None,
    page_token: str | None,
    *,
    include_spans: bool,
) -> PagedList[Trace]:
    """Read one page of a search."""
    body: dict[str, Any] = {
        "locations": [
            {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": str(experiment_id)}}
            for experiment_id in experiment_ids
        ],
        "filter": filter_string or None,
        "max_results": max_results,
        "order_by": list(order_by or ()),
        "page_token": page_token or None,
    }
    answer = connection().call("POST", f"{_BASE}/search", body=body, is_safe=True)
    infos = [TraceInfo.from_dict(written) for written in answer.get("traces") or ()]
    data = spans_of([info.trace_id for info in infos]) if include_spans else {}
    traces = (Trace(info, data.get(info.trace_id) or TraceData()) for info in infos)
    return PagedList(traces, answer.get("next_page_token"))


def get_trace(trace_id: str, silent: bool = False, flush: bool = True) -> Trace | None:
    """Read a trace; `None`, and a warning unless `silent`, where there is none. What ended here is sent first."""
    send_first(wanted=flush)
    try:
        return existing_trace(trace_id)
    except (NotFound, InvalidInput) as error:
        if not silent:
            _log.warning("there is no trace %s: %s", trace_id, error)
        return None


def existing_trace(trace_id: str) -> Trace:
    """Read a trace. Raises `NotFound`."""
    return Trace.of_wire(connection().call("GET", f"{_BASE}/get", query={"trace_id": trace_id})["trace"])


def spans_of(trace_ids: Sequence[str]) -> dict[str, TraceData]:
    """Read the spans of traces; unknown traces are left out."""
    found: dict[str, TraceData] = {}
    for start in range(0, len(trace_ids), _BATCH):
        batch = list(trace_ids[start : start + _BATCH])
        for written in connection().call("GET", f"{_BASE}/batchGet", query={"trace_ids": batch}).get("traces") or ():
            spans = [span_of_wire(span) for span in written.get("spans") or ()]
            found[written["trace_info"]["trace_id"]] = TraceData(spans)
    return found


def set_tag(trace_id: str, key: str, value: Any) -> None:  # Any: whatever has a text
    """Set a tag of a trace that the server has."""
    body = {"trace_id": trace_id, "key": str(key), "value": str(value)}
    connection().call("PATCH", f"{_BASE}/{trace_id}/tags", body=body, is_safe=True)


def delete_tag(trace_id: str, key: str) -> None:
    """Delete a tag of a trace that the server has. Raises `NotFound` where it has no such tag."""
    connection().call("DELETE", f"{_BASE}/{trace_id}/tags", body={"trace_id": trace_id, "key": str(key)})


def later_tag(trace_id: str, key: str, value: str | None) -> None:
    """Set or delete a tag of a trace that is no longer here; the trace itself is sent first."""
    send_first(wanted=True)
    if value is None:
        delete_tag(trace_id, key)
    else:
        set_tag(trace_id, key, value)


def delete_traces(
    experiment_id: str,
    max_timestamp_millis: int | None = None,
    max_traces: int | None = None,
    trace_ids: Sequence[str | None] | None = None,
) -> int:
    """Delete traces by their ids, or the oldest ones, and return how many there were."""
    if bool(trace_ids) == (max_timestamp_millis is not None):
        raise InvalidInput("name either 'trace_ids' or 'max_timestamp_millis'")
    base: dict[str, Any] = {"experiment_id": str(experiment_id)}
    if max_timestamp_millis is not None:
        return _deleted({**base, "max_timestamp_millis": max_timestamp_millis, "max_traces": max_traces})
    ids = list(filter(is_kept, trace_ids or ()))
    return sum(_deleted({**base, "request_ids": ids[start : start + _PAGE]}) for start in range(0, len(ids), _PAGE))


def link_traces_to_run(trace_ids: Sequence[str | None], run_id: str) -> None:
    """Link traces to a run."""
    body = {"trace_ids": list(filter(is_kept, trace_ids)), "run_id": run_id}
    if body["trace_ids"]:
        connection().call("POST", f"{V2}/traces/link-to-run", body=body, is_safe=True)


def filter_of(filter_string: str | None, **exactly: str | None) -> str | None:
    """Write a filter that asks for what another one does, and for a run and a version besides."""
    fields = {"run_id": "attributes.run_id", "model_id": "metadata.`mlflow.modelId`"}
    terms = (f"{fields[name]} = {quoted(value)}" for name, value in exactly.items() if value is not None)
    return all_of(filter_string, *terms)


def all_of(*filters: str | None) -> str | None:
    """Write a filter that asks for what each of these does."""
    wanted = [each for each in filters if each and each.strip()]
    return " AND ".join(f"({each})" for each in wanted) if len(wanted) > 1 else next(iter(wanted), None)


def quoted(text: str) -> str:
    """Write a text as filters have it, whatever is in it."""
    return "'" + text.replace("'", "''") + "'"


def _places(experiment_ids: Experiments, names: Experiments, locations: Experiments) -> list[str]:
    ids = [*_list(experiment_ids), *_list(locations)]
    if names is not None:
        ids += experiment_ids_of(_list(names))
    return list(dict.fromkeys(ids)) or [active_experiment_id()]


def _list(texts: Experiments) -> list[str]:
    if texts is None:
        return []
    return [str(texts)] if isinstance(texts, str | int) else [str(text) for text in texts]


def _deleted(body: dict[str, Any]) -> int:
    known = {key: value for key, value in body.items() if value is not None}
    return int(connection().call("POST", f"{_BASE}/delete-traces", body=known).get("traces_deleted", 0))
