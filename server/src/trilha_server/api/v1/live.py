"""Changes as they happen, by server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from trilha_server.api.problems import problem_response
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.api.v1.bell import Bell
from trilha_server.api.v1.models import TraceModel
from trilha_server.api.v1.named_traces import trace_models
from trilha_server.domain.errors import InvalidInput, StoreError, TrilhaError
from trilha_server.domain.ids import ExperimentId, parse_experiment_id
from trilha_server.ports import Changes, Store

POLL_S = 1.0
"""Other servers on the same store do not ring our bell."""

HEARTBEAT_S = 15.0
BATCH = 200


def live_route(services: Services, bell: Bell) -> RawRoute:
    """Make the route of the live stream."""

    async def live(request: Request) -> Response:
        try:
            experiment_ids, since = _parameters(request)
            if since is None:
                since = await asyncio.to_thread(services.store.reader.last_change)
        except TrilhaError as error:
            return problem_response(error)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        events = _events(services, bell, experiment_ids, since)
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)

    return RawRoute(method="GET", path="/api/v1/traces/live", permission=Permission.READ, handle=live)


def _parameters(request: Request) -> tuple[list[ExperimentId] | None, int | None]:
    texts = request.query_params.getlist("experiment_id")
    since = request.headers.get("last-event-id") or request.query_params.get("since")
    if since is not None and not (since.isascii() and since.isdigit() and len(since) <= 18):
        raise InvalidInput("'since' is a change number")
    return [parse_experiment_id(text) for text in texts] or None, None if since is None else int(since)


async def _events(
    services: Services, bell: Bell, experiment_ids: list[ExperimentId] | None, since: int
) -> AsyncIterator[bytes]:
    yield b": listening\n\n"
    with bell.listening():
        async for piece in _news(services, bell, experiment_ids, since):
            yield piece


async def _news(
    services: Services, bell: Bell, experiment_ids: list[ExperimentId] | None, since: int
) -> AsyncIterator[bytes]:
    quiet_s = 0.0
    while not bell.is_closing:
        ring = bell.next_ring()
        try:
            changes, traces = await asyncio.to_thread(_look, services.store, since, experiment_ids)
        except StoreError:
            return  # the client comes back with the number of the last event
        if changes.last_change > since:
            since = changes.last_change
            quiet_s = 0.0
            yield _written(changes, traces)
            continue
        with suppress(TimeoutError):
            await asyncio.wait_for(ring.wait(), POLL_S)
        quiet_s += POLL_S
        if quiet_s >= HEARTBEAT_S:
            quiet_s = 0.0
            yield b": still here\n\n"


def _look(store: Store, since: int, experiment_ids: list[ExperimentId] | None) -> tuple[Changes, list[TraceModel]]:
    changes = store.reader.changes_since(since, BATCH, experiment_ids)
    return changes, trace_models(store.versions, changes.traces)


def _written(changes: Changes, traces: Sequence[TraceModel]) -> bytes:
    events: list[tuple[int, str, bytes]] = [
        (trace.change, "trace", trace.model_dump_json().encode()) for trace in traces
    ]
    events += [
        (
            item.change,
            "deletion",
            msgspec.json.encode({"trace_id": item.trace_id, "experiment_id": str(item.experiment_id)}),
        )
        for item in changes.deletions
    ]
    return b"".join(
        b"id: %d\nevent: %s\ndata: %s\n\n" % (change, kind.encode(), data) for change, kind, data in sorted(events)
    )
