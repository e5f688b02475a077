"""Files that belong to spans, beside their trace: pictures, sound, documents."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from trilha import names

from trilha_server.api.artifact_bodies import give_artifact, take_artifact
from trilha_server.api.bodies import header_text
from trilha_server.api.lookups import existing_trace
from trilha_server.api.routes import ModelRoute, Permission
from trilha_server.api.services import Services
from trilha_server.api.v1.models import KeptAttachment
from trilha_server.api.v1.traces import TracePath
from trilha_server.domain.artifact import ArtifactPath, trace_attachment
from trilha_server.domain.errors import NotFound
from trilha_server.domain.ids import ExperimentId, TraceId, parse_trace_id

_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
AttachmentPath = Annotated[str, Path(), Field(pattern=_UUID, examples=["5f0c1a52-7f2c-4a52-9d4e-2a0f6e1b3c4d"])]

_UNTYPED = "application/octet-stream"
_ENDINGS = {
    "application/pdf": "pdf",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/mp4": "m4a",
    "audio/mpeg": "mp3",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/x-wav": "wav",
    "image/gif": "gif",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/csv": "csv",
    "text/plain": "txt",
    "video/mp4": "mp4",
    "video/webm": "webm",
}
"""Types that a browser may be told; none of them can run, as HTML, SVG and scripts could."""


def attachment_routes(services: Services) -> list[ModelRoute]:
    """List the routes."""

    async def keep(request: Request, trace_id: TracePath, attachment_id: AttachmentPath) -> KeptAttachment:
        known = parse_trace_id(trace_id)
        experiment_id = await run_in_threadpool(_home, services, request, known)
        size_bytes = await take_artifact(services, request, trace_attachment(experiment_id, known, attachment_id))
        return KeptAttachment(attachment_id=attachment_id, size_bytes=size_bytes)

    async def give(
        request: Request,
        trace_id: TracePath,
        attachment_id: AttachmentPath,
        content_type: Annotated[
            str, Query(max_length=200, description="What the reference says it is; a type that could run is not given.")
        ] = _UNTYPED,
    ) -> Response:
        info = await run_in_threadpool(existing_trace, services, trace_id)
        path = trace_attachment(info.experiment_id, info.trace_id, attachment_id)
        response = await give_artifact(services, request, path)
        _describe(response, path, content_type.partition(";")[0].strip().lower())
        return response

    one = "/api/v1/traces/{trace_id}/attachments/{attachment_id}"
    return [
        ModelRoute(
            method="PUT",
            path=one,
            permission=Permission.WRITE,
            handle=keep,
            summary="Keep an attachment",
            errors=(404, 413),
        ),
        ModelRoute(
            method="GET",
            path=one,
            permission=Permission.READ,
            handle=give,
            summary="An attachment",
            errors=(404, 416),
            media_types=(_UNTYPED, *_ENDINGS),
        ),
    ]


def _home(services: Services, request: Request, trace_id: TraceId) -> ExperimentId:
    """Tell whose file it is: that of the trace's experiment, or of the one that the sender names for its spans."""
    found = services.store.reader.get([trace_id])
    if found:
        return found[0].experiment_id
    experiment_id = request.headers.get(names.HEADER_MLFLOW_EXPERIMENT_ID)
    if experiment_id is not None:
        return services.experiments.require(experiment_id)
    experiment = header_text(request.headers.get(names.HEADER_EXPERIMENT))
    if experiment is not None:
        return services.experiments.named(experiment)
    raise NotFound("there is no such trace, and no header names the experiment where it will be", trace_id=trace_id)


def _describe(response: Response, path: ArtifactPath, content_type: str) -> None:
    """Say what the file is, and a name under which it can be opened; it does not change any more."""
    ending = _ENDINGS.get(content_type)
    name = path.name if ending is None else f"{path.name}.{ending}"
    response.headers["content-type"] = _UNTYPED if ending is None else content_type
    response.headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    response.headers["cache-control"] = "private, max-age=300"
