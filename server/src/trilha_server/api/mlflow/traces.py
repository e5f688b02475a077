"""Traces, their tags and their spans."""

from typing import Any

import msgspec
from trilha import names

from trilha_server.api import trace_deletion
from trilha_server.api.lookups import existing_trace, search_page
from trilha_server.api.mlflow.dialect import Dialect
from trilha_server.api.mlflow.route import Empty, MlflowRoute
from trilha_server.api.mlflow.span_json import root_first, span_json
from trilha_server.api.mlflow.trace_json import TraceInfoJson, TraceLocation, read_trace_info, trace_info_json
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services
from trilha_server.domain.batch import RunLinked, TagsEdited
from trilha_server.domain.errors import InvalidInput, NotFound
from trilha_server.domain.ids import TraceId, parse_experiment_id, parse_trace_id
from trilha_server.domain.trace import TraceInfo
from trilha_server.ingest.door import Arrival, Sender

MAX_TAG_KEY_CHARS = 1000
MAX_BATCH_IDS = 500

_IMMUTABLE_TAGS = frozenset({"mlflow.user", "mlflow.artifactLocation", "mlflow.trace.spansLocation"})
_Json = dict[str, Any]  # Any: JSON


class _TraceJson(msgspec.Struct):
    trace_info: TraceInfoJson


class StartTrace(msgspec.Struct):
    """Declare a trace."""

    trace: _TraceJson
    sender_client: str = ""
    sender_body_bytes: int = 0
    sender_dialect: Dialect = Dialect.HTTP


class ByTraceId(msgspec.Struct):
    """Name a trace."""

    trace_id: str
    sender_dialect: Dialect = Dialect.HTTP


class ByTraceIds(msgspec.Struct):
    """Name several traces."""

    trace_ids: list[str]
    sender_dialect: Dialect = Dialect.HTTP


class Search(msgspec.Struct):
    """Find traces."""

    locations: list[TraceLocation] = []
    experiment_ids: list[str] = []
    filter: str | None = None
    max_results: int = 100
    order_by: list[str] = []
    page_token: str | None = None
    sender_dialect: Dialect = Dialect.HTTP


class SetTag(msgspec.Struct):
    """Set a tag."""

    trace_id: str
    key: str
    value: str | None = None


class DeleteTag(msgspec.Struct):
    """Delete a tag."""

    trace_id: str
    key: str


class DeleteTraces(msgspec.Struct):
    """Delete traces by their ids, or the oldest ones."""

    experiment_id: str
    request_ids: list[str] = []
    trace_ids: list[str] = []
    max_timestamp_millis: int | None = None
    max_traces: int | None = None


class LinkToRun(msgspec.Struct):
    """Link traces to a run."""

    trace_ids: list[str]
    run_id: str


def start_trace(services: Services, request: StartTrace) -> _Json:
    """Keep what the client declares."""
    info = request.trace.trace_info
    location = info.trace_location.mlflow_experiment
    if location is None:
        raise InvalidInput("missing value for required parameter 'trace.trace_info.trace_location.mlflow_experiment'")
    experiment_id = services.experiments.require(location.experiment_id)
    declared = read_trace_info(info, experiment_id, services.clock.now_ms())
    arrival = Arrival(Sender(request.sender_client, "mlflow-rest"), [declared], request.sender_body_bytes)
    services.door.admit(arrival).result()
    [kept] = services.store.reader.get([declared.trace_id])
    [written] = _with_assessments(services, [kept], request.sender_dialect)
    if kept.span_count == 0:
        # The client uploads the spans once more unless we say that they are here: some lose their first way silently.
        written["tags"].pop(names.SPANS_LOCATION, None)
    return {"trace": {"trace_info": written}}


def get_trace_info(services: Services, request: ByTraceId) -> _Json:
    """Read a trace's information."""
    info = existing_trace(services, request.trace_id)
    return {"trace": {"trace_info": _with_assessments(services, [info], request.sender_dialect)[0]}}


def get_trace(services: Services, request: ByTraceId) -> _Json:
    """Read a trace with its spans."""
    info = existing_trace(services, request.trace_id)
    return {"trace": _whole(services, [info], request.sender_dialect)[0]}


def batch_get(services: Services, request: ByTraceIds) -> _Json:
    """Read traces with their spans; unknown ids are left out."""
    infos = services.store.reader.get(_trace_ids(request.trace_ids))
    return {"traces": _whole(services, infos, request.sender_dialect)}


def batch_get_infos(services: Services, request: ByTraceIds) -> _Json:
    """Read the information of traces; unknown ids are left out."""
    infos = services.store.reader.get(_trace_ids(request.trace_ids))
    return {"trace_infos": _with_assessments(services, infos, request.sender_dialect)}


def search_traces(services: Services, request: Search) -> _Json:
    """Find traces."""
    named = [item.mlflow_experiment.experiment_id for item in request.locations if item.mlflow_experiment is not None]
    page = search_page(services, [*named, *request.experiment_ids], request)
    answer: _Json = {"traces": _with_assessments(services, page.traces, request.sender_dialect)}
    if page.next_page_token is not None:
        answer["next_page_token"] = page.next_page_token
    return answer


def set_tag(services: Services, request: SetTag) -> Empty:
    """Set a tag."""
    if not request.key or len(request.key) > MAX_TAG_KEY_CHARS:
        raise InvalidInput(f"a tag's key has 1 to {MAX_TAG_KEY_CHARS} characters")
    if request.value is not None and request.key not in _IMMUTABLE_TAGS:
        edit = TagsEdited(trace_id=parse_trace_id(request.trace_id), tags={request.key: request.value})
        services.store.writer.write([edit])
    return Empty()


def delete_tag(services: Services, request: DeleteTag) -> Empty:
    """Delete a tag."""
    info = existing_trace(services, request.trace_id)
    if request.key not in info.tags:
        raise NotFound("the trace has no such tag", key=request.key[:250])
    services.store.writer.write([TagsEdited(trace_id=info.trace_id, tags={request.key: None})])
    return Empty()


def delete_traces(services: Services, request: DeleteTraces) -> _Json:
    """Delete traces."""
    experiment_id = parse_experiment_id(request.experiment_id)
    ids = [*request.request_ids, *request.trace_ids]
    if bool(ids) == (request.max_timestamp_millis is not None):
        raise InvalidInput("name either 'request_ids' or 'max_timestamp_millis'")
    if request.max_timestamp_millis is None:
        return {"traces_deleted": trace_deletion.delete_traces(services, experiment_id, _trace_ids(ids))}
    if request.max_traces is not None and request.max_traces < 1:
        raise InvalidInput("'max_traces' must be at least 1")
    max_time_ms, max_traces = request.max_timestamp_millis, request.max_traces
    return {"traces_deleted": trace_deletion.delete_traces_before(services, experiment_id, max_time_ms, max_traces)}


def link_to_run(services: Services, request: LinkToRun) -> Empty:
    """Link traces to a run; unknown traces are left out."""
    known = services.store.reader.get(_trace_ids(request.trace_ids))
    if known:
        services.store.writer.write([RunLinked(trace_id=info.trace_id, run_id=request.run_id) for info in known])
    return Empty()


def _trace_ids(texts: list[str]) -> list[TraceId]:
    """Read ids; what cannot be an id is no trace's."""
    if len(texts) > MAX_BATCH_IDS:
        raise InvalidInput(f"at most {MAX_BATCH_IDS} trace ids in one request")
    ids: list[TraceId] = []
    for text in texts:
        try:
            ids.append(parse_trace_id(text))
        except InvalidInput:
            continue
    return ids


def _with_assessments(services: Services, infos: list[TraceInfo], dialect: Dialect) -> list[_Json]:
    assessments = services.store.assessments.of_traces([info.trace_id for info in infos])
    return [trace_info_json(info, assessments.get(info.trace_id, []), dialect) for info in infos]


def _whole(services: Services, infos: list[TraceInfo], dialect: Dialect) -> list[_Json]:
    return [
        {
            "trace_info": written,
            "spans": [
                span_json(info.trace_id, span) for span in root_first(services.store.reader.spans(info.trace_id))
            ],
        }
        for info, written in zip(infos, _with_assessments(services, infos, dialect), strict=True)
    ]


_V2 = "/api/2.0/mlflow/traces"
_V3 = "/api/3.0/mlflow/traces"

ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(method="POST", path=_V3, permission=Permission.WRITE, request=StartTrace, handle=start_trace),
    MlflowRoute(method="GET", path=f"{_V3}/get", permission=Permission.READ, request=ByTraceId, handle=get_trace),
    MlflowRoute(method="GET", path=f"{_V3}/batchGet", permission=Permission.READ, request=ByTraceIds, handle=batch_get),
    MlflowRoute(
        method="GET",
        path=f"{_V3}/batchGetInfos",
        permission=Permission.READ,
        request=ByTraceIds,
        handle=batch_get_infos,
    ),
    MlflowRoute(
        method="POST",
        path=f"{_V3}/batchGetInfos",
        permission=Permission.READ,
        request=ByTraceIds,
        handle=batch_get_infos,
    ),
    MlflowRoute(method="POST", path=f"{_V3}/search", permission=Permission.READ, request=Search, handle=search_traces),
    MlflowRoute(
        method="GET", path=f"{_V3}/{{trace_id}}", permission=Permission.READ, request=ByTraceId, handle=get_trace_info
    ),
    *(
        route
        for base in (_V2, _V3)
        for route in (
            MlflowRoute(
                method="PATCH",
                path=f"{base}/{{trace_id}}/tags",
                permission=Permission.WRITE,
                request=SetTag,
                handle=set_tag,
            ),
            MlflowRoute(
                method="DELETE",
                path=f"{base}/{{trace_id}}/tags",
                permission=Permission.WRITE,
                request=DeleteTag,
                handle=delete_tag,
            ),
            MlflowRoute(
                method="POST",
                path=f"{base}/delete-traces",
                permission=Permission.MANAGE,
                request=DeleteTraces,
                handle=delete_traces,
            ),
            MlflowRoute(
                method="POST",
                path=f"{base}/link-to-run",
                permission=Permission.WRITE,
                request=LinkToRun,
                handle=link_to_run,
            ),
        )
    ),
]
