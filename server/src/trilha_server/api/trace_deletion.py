"""Deletes traces with the files that are kept beside them."""

import logging
from collections.abc import Iterator, Sequence

import anyio.from_thread

from trilha_server.api.services import Services
from trilha_server.domain.artifact import ArtifactPath, traces_folder
from trilha_server.domain.errors import NotFound, TrilhaError
from trilha_server.domain.ids import ExperimentId, TraceId
from trilha_server.ports import ArtifactStore, TraceReader

_FEW = 20
"""So many folders are deleted without looking which of them there are."""
_PAGE = 1000
_log = logging.getLogger(__name__)


def delete_traces(services: Services, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> int:
    """Forget traces and their files; says how many traces there were. Called on a worker thread of a request."""
    count = services.store.writer.delete(experiment_id, trace_ids)
    _forget_files(services, experiment_id, list(trace_ids))
    return count


def delete_traces_before(
    services: Services, experiment_id: ExperimentId, max_time_ms: int, max_traces: int | None
) -> int:
    """Forget the oldest traces and their files; says how many traces there were. Called as `delete_traces` is."""
    reader = services.store.reader
    before = reader.last_change()
    count = services.store.writer.delete_before(experiment_id, max_time_ms, max_traces)
    if count:
        _forget_files(services, experiment_id, list(_deleted_since(reader, before, experiment_id)))
    return count


def _deleted_since(reader: TraceReader, change: int, experiment_id: ExperimentId) -> Iterator[TraceId]:
    while True:
        changes = reader.changes_since(change, _PAGE, [experiment_id])
        yield from (deletion.trace_id for deletion in changes.deletions)
        if changes.last_change == change:
            return
        change = changes.last_change


def _forget_files(services: Services, experiment_id: ExperimentId, trace_ids: Sequence[TraceId]) -> None:
    """Delete the folders of traces. Where the artifacts cannot be reached, the traces are gone nevertheless."""
    try:
        anyio.from_thread.run(_forget, services.artifacts, traces_folder(experiment_id), trace_ids)
    except NotFound:  # no such experiment: it never had a file
        return
    except TrilhaError as error:
        fields = {"experiment_id": experiment_id, "traces": len(trace_ids), "cause": error}
        _log.warning("files of deleted traces not deleted", extra={"fields": fields})


async def _forget(artifacts: ArtifactStore, folder: ArtifactPath, trace_ids: Sequence[TraceId]) -> None:
    wanted = set(trace_ids)
    if len(wanted) > _FEW:  # few traces have files
        wanted &= {info.path.name for info in await artifacts.list_folder(folder)}
    for trace_id in wanted:
        await artifacts.delete(folder.inside(trace_id))
