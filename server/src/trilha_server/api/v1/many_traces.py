"""Changes of many traces in one request of the native API."""

from collections.abc import Sequence
from itertools import groupby

from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.trace_deletion import delete_traces
from trilha_server.api.v1.models import ChangedTraces, ManyTagsEdit, TraceIds
from trilha_server.domain.batch import TagsEdited
from trilha_server.domain.ids import ExperimentId, parse_trace_id
from trilha_server.domain.trace import TraceInfo


def many_trace_routes(services: Services) -> list[ModelRoute]:
    """List the routes that change many traces. Those that do not exist are left out of what they answer."""
    store = services.store

    def existing(request: TraceIds) -> list[TraceInfo]:
        return store.reader.get([parse_trace_id(text) for text in dict.fromkeys(request.trace_ids)])

    def edit_tags(edit: ManyTagsEdit) -> ChangedTraces:
        infos = existing(edit)
        if edit.tags:
            store.writer.write([TagsEdited(trace_id=info.trace_id, tags=edit.tags) for info in infos])
        return _changed(infos)

    def delete(request: TraceIds) -> ChangedTraces:
        infos = sorted(existing(request), key=_experiment_of)
        for experiment_id, of_experiment in groupby(infos, _experiment_of):
            delete_traces(services, experiment_id, [info.trace_id for info in of_experiment])
        return _changed(infos)

    return [
        ModelRoute(
            method="POST",
            path="/api/v1/traces/tags",
            permission=Permission.WRITE,
            handle=edit_tags,
            summary="Set tags of many traces",
            errors=(400,),
        ),
        ModelRoute(
            method="POST",
            path="/api/v1/traces/delete",
            permission=Permission.MANAGE,
            handle=delete,
            summary="Delete many traces",
            errors=(400,),
        ),
    ]


def _changed(infos: Sequence[TraceInfo]) -> ChangedTraces:
    return ChangedTraces(trace_ids=[info.trace_id for info in infos])


def _experiment_of(info: TraceInfo) -> ExperimentId:
    return info.experiment_id
