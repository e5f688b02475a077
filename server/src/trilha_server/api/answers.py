"""Answers to what handlers do not catch."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from trilha_server.api.problems import is_mlflow, mlflow_response, problem_response, unexpected
from trilha_server.domain.errors import NotFound, TrilhaError


async def _on_trilha_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, TrilhaError)
    return mlflow_response(error) if is_mlflow(request.url.path) else problem_response(error)


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


ERROR_HANDLERS: Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
    TrilhaError: _on_trilha_error,
    HTTPException: _on_http_error,
    ClientDisconnect: _on_disconnect,
    Exception: _on_unexpected,
}
