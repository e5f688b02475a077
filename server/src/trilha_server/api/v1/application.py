"""The native API and its OpenAPI document as one application. FastAPI and pydantic are slow to load."""

from typing import Any

from fastapi import FastAPI
from fastapi.datastructures import Default
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trilha_server.api.answers import ERROR_HANDLERS
from trilha_server.api.problems import problem_response
from trilha_server.api.routes import ModelRoute, RawRoute, route_name, starlette_routes
from trilha_server.api.services import Services
from trilha_server.api.v1.attachments import attachment_routes
from trilha_server.api.v1.bell import Bell
from trilha_server.api.v1.comparison import comparison_routes
from trilha_server.api.v1.costs import cost_routes, job_routes
from trilha_server.api.v1.demo import demo_routes
from trilha_server.api.v1.experiments import experiment_routes
from trilha_server.api.v1.export import export_routes
from trilha_server.api.v1.facets import facet_routes
from trilha_server.api.v1.figures import figures_routes
from trilha_server.api.v1.live import live_route
from trilha_server.api.v1.many_traces import many_trace_routes
from trilha_server.api.v1.models import Problem
from trilha_server.api.v1.subjects import subject_routes
from trilha_server.api.v1.traces import trace_routes
from trilha_server.api.v1.transcript import transcript_routes
from trilha_server.api.v1.versions import version_routes
from trilha_server.api.v1.whole_traces import whole_trace_routes
from trilha_server.domain.errors import InvalidInput

API_VERSION = "1.0.0"
_MAX_VALIDATION_CHARS = 500
_JSON = "application/json"
_PROBLEM = "application/problem+json"


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


def native_app(services: Services, bell: Bell, figures: RawRoute) -> FastAPI:
    """Make the application; the server's figures are in it too. `app.state.permissions` is as in `http_app`."""
    raw = [figures, live_route(services, bell)]
    models = [
        *export_routes(services),
        *trace_routes(services),
        *many_trace_routes(services),
        *attachment_routes(services),
        *transcript_routes(services),
        *whole_trace_routes(services),
        *facet_routes(services),
        *figures_routes(services),
        *comparison_routes(services),
        *version_routes(services),
        *subject_routes(services),
        *experiment_routes(services),
        *demo_routes(services),
        *cost_routes(services),
        *job_routes(services),
    ]
    app = _Documented(
        title="Trilha",
        version=API_VERSION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.router.routes.extend(starlette_routes(raw))
    for route in models:
        app.add_api_route(
            route.path,
            route.handle,
            methods=[route.method],
            summary=route.summary,
            operation_id=route_name(route),
            response_model=Default(None) if route.answer is None else route.answer,
            response_class=Response if route.media_types else Default(JSONResponse),
            responses=_responses(route),
            openapi_extra={"x-permission": route.permission.value},
        )
    app.state.permissions = {(route.method, route.path): route.permission for route in (*raw, *models)}
    for kind, handler in ERROR_HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    return app


async def _on_invalid_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first: dict[str, Any] = error.errors()[0]  # Any: FastAPI's own shape
    where = ".".join(str(part) for part in first["loc"])
    return problem_response(InvalidInput(f"{where}: {first['msg']}"[:_MAX_VALIDATION_CHARS]))


def _responses(route: ModelRoute) -> dict[int | str, dict[str, Any]]:  # Any: OpenAPI
    problems = {status: _problem(status) for status in {400, *route.errors, 503}}
    if not route.media_types:
        return {**problems}
    return {**problems, 200: {"content": {kind: {"schema": {"type": "string"}} for kind in route.media_types}}}


def _problem(status: int) -> dict[str, Any]:  # Any: OpenAPI
    return {"model": Problem, "description": f"Problem {status}"}
