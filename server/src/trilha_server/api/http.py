"""All routes as one ASGI application."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from trilha_server.api.problems import is_mlflow, mlflow_response, problem_response, unexpected
from trilha_server.api.routes import ModelRoute, RawRoute
from trilha_server.api.v1.models import Problem
from trilha_server.domain.errors import InvalidInput, NotFound, TrilhaError

API_VERSION = "1.0.0"
_MAX_VALIDATION_CHARS = 500
_JSON = "application/json"
_PROBLEM = "application/problem+json"

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class _Documented(FastAPI):
    """Tells in its OpenAPI document of problems as they are answered: FastAPI would tell of its own 422."""

    def openapi(self) -> dict[str, Any]:  # Any: OpenAPI
        """Write the document."""
        document = super().openapi()
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"].pop("422", None)
                for status, response in operation["responses"].items():
                    if status >= "400" and _JSON in response.get("content", {}):
                        response["content"][_PROBLEM] = response["content"].pop(_JSON)
        return document


def http_app(raw: Sequence[RawRoute], models: Sequence[ModelRoute], lifespan: Lifespan) -> FastAPI:
    """Make the application. `app.state.permissions` holds what each method and path needs."""
    app = _Documented(
        title="Trilha",
        version=API_VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    for route in raw:
        app.router.routes.append(Route(route.path, route.handle, methods=[route.method], name=_name(route)))
    for route in models:
        app.add_api_route(
            route.path,
            route.handle,
            methods=[route.method],
            summary=route.summary,
            operation_id=_name(route),
            responses={status: _problem(status) for status in {400, *route.errors, 503}},
            openapi_extra={"x-permission": route.permission.value},
        )
    app.state.permissions = {(route.method, route.path): route.permission for route in (*raw, *models)}
    app.add_exception_handler(TrilhaError, _on_trilha_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_unexpected)
    return app


class Shortcuts:
    """Serves the busiest routes before the framework's layers, which cost as much as the work itself."""

    def __init__(self, app: FastAPI, routes: Sequence[RawRoute]) -> None:
        self.app = app
        self._handlers = {(route.method, route.path): route.handle for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        handle = self._handlers.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if handle is None:
            await self.app(scope, receive, send)
            return
        try:
            response = await handle(Request(scope, receive))
        except ClientDisconnect:
            return
        await response(scope, receive, send)


async def _on_trilha_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrilhaError)
    return mlflow_response(error) if is_mlflow(request.url.path) else problem_response(error)


async def _on_invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]  # Any: FastAPI's own shape
    where = ".".join(str(part) for part in first["loc"])
    return problem_response(InvalidInput(f"{where}: {first['msg']}"[:_MAX_VALIDATION_CHARS]))


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        if is_mlflow(request.url.path):
            body = {
                "error_code": "ENDPOINT_NOT_FOUND",
                "message": f"no API found for '{request.method} {request.url.path}'",
            }
            return JSONResponse(body, 404)
        return problem_response(NotFound("there is no such path"))
    body = {"title": str(error.detail), "status": error.status_code, "detail": str(error.detail)}
    if is_mlflow(request.url.path):
        body = {"error_code": "BAD_REQUEST", "message": str(error.detail)}
    return JSONResponse(body, error.status_code, dict(error.headers or {}))


async def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody is there to read it


async def _on_unexpected(request: Request, error: Exception) -> Response:
    return await _on_trilha_error(request, unexpected(error, request))


def _name(route: RawRoute | ModelRoute) -> str:
    return f"{route.method.lower()}_{route.path.strip('/').replace('/', '_').replace('{', '').replace('}', '')}"


def _problem(status: int) -> dict[str, Any]:  # Any: OpenAPI
    return {"model": Problem, "description": f"Problem {status}"}
