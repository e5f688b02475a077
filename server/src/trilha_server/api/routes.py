"""A route and the permission that it needs are one object."""

import re
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_NOT_IN_NAMES = re.compile(r"[{}]|:path")


class Permission(StrEnum):
    """What a caller must be allowed to do."""

    PUBLIC = "public"
    """Nothing: liveness and versions."""
    READ = "read"
    """See traces."""
    WRITE = "write"
    """Send traces, tags and assessments."""
    SIGNED = "signed"
    """What the address was signed for, and nothing else."""
    MANAGE = "manage"
    """Delete, rename, set prices, and read the server's own figures."""


class RawRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route that reads the request and writes the response itself."""

    method: str
    path: str
    permission: Permission
    handle: Callable[[Request], Awaitable[Response]]


class ModelRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A route whose parameters and answer FastAPI reads off the handler, for the OpenAPI document."""

    method: str
    path: str
    permission: Permission
    handle: Callable[..., Any]  # Any: FastAPI checks against the annotations
    summary: str
    errors: tuple[int, ...] = ()
    """Statuses of problems that the handler may answer with, beside those of every route."""
    media_types: tuple[str, ...] = ()
    """What it answers with instead of JSON."""
    answer: type | None = None
    """What a handler answers with that writes the response itself."""


def starlette_routes(routes: Sequence[RawRoute]) -> list[Route]:
    """Make routes as the framework has them."""
    return [Route(route.path, route.handle, methods=[route.method], name=route_name(route)) for route in routes]


def route_name(route: RawRoute | ModelRoute) -> str:
    """Name a route by its method and path."""
    return f"{route.method.lower()}_{_NOT_IN_NAMES.sub('', route.path.strip('/').replace('/', '_'))}"
