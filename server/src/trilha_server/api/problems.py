"""Errors of the domain as HTTP statuses and bodies, chosen along the class's ancestors."""

import logging
import math
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trilha_server.domain.errors import (
    AlreadyExists,
    Busy,
    InvalidFilter,
    InvalidInput,
    NotFound,
    OutOfRange,
    PermissionDenied,
    StoreError,
    TooLarge,
    TrilhaError,
    Unauthenticated,
)

_log = logging.getLogger(__name__)


class Answer(msgspec.Struct, frozen=True):
    """How an error is told to clients."""

    status: int
    mlflow_code: str
    title: str


# A full disk is 503 and not 507: every client that retries knows 503, and the server recovers when there is room.
_ANSWERS: dict[type[TrilhaError], Answer] = {
    OutOfRange: Answer(416, "INVALID_PARAMETER_VALUE", "Out of range"),
    TooLarge: Answer(413, "INVALID_PARAMETER_VALUE", "Too large"),
    InvalidInput: Answer(400, "INVALID_PARAMETER_VALUE", "Invalid input"),
    NotFound: Answer(404, "RESOURCE_DOES_NOT_EXIST", "Not found"),
    AlreadyExists: Answer(400, "RESOURCE_ALREADY_EXISTS", "Already exists"),
    Unauthenticated: Answer(401, "UNAUTHENTICATED", "Unauthenticated"),
    PermissionDenied: Answer(403, "PERMISSION_DENIED", "Permission denied"),
    Busy: Answer(429, "REQUEST_LIMIT_EXCEEDED", "Busy"),
    StoreError: Answer(503, "TEMPORARILY_UNAVAILABLE", "Store unavailable"),
    TrilhaError: Answer(500, "INTERNAL_ERROR", "Internal error"),
}
RETRY_AFTER_S = 2


def answer_for(error: TrilhaError) -> Answer:
    """Choose the answer of the nearest ancestor that has one."""
    return next(_ANSWERS[kind] for kind in type(error).__mro__ if kind in _ANSWERS)


def headers_for(error: TrilhaError) -> dict[str, str]:
    """Tell when to try again, where trying again helps, or what there is to ask for."""
    if isinstance(error, Busy):
        return {"Retry-After": str(math.ceil(error.retry_after_s))}
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    if isinstance(error, OutOfRange):
        return {"Content-Range": f"bytes */{error.size_bytes}"}
    return {"Retry-After": str(RETRY_AFTER_S)} if isinstance(error, StoreError) else {}


def problem_response(error: TrilhaError) -> Response:
    """Answer in RFC 9457's form."""
    answer = answer_for(error)
    body: dict[str, object] = {"title": answer.title, "status": answer.status, "detail": str(error)}
    if isinstance(error, InvalidFilter) and error.position is not None:
        body["position"] = error.position
    return JSONResponse(body, answer.status, headers_for(error), media_type="application/problem+json")


def mlflow_response(error: TrilhaError, other_codes: Mapping[str, str] | None = None) -> Response:
    """Answer as MLflow's clients read errors, with other names for codes where some call has them."""
    answer = answer_for(error)
    code = (other_codes or {}).get(answer.mlflow_code, answer.mlflow_code)
    message = str(error)
    if isinstance(error, InvalidFilter) and error.position is not None:
        message = f"{message} (position={error.position})"
    body = {"error_code": code, "message": message}
    return JSONResponse(body, answer.status, headers_for(error))


def unexpected(error: Exception, request: Request) -> TrilhaError:
    """Log what nobody foresaw, without the request's content, and say no more than that to the caller."""
    _log.error(
        "request failed",
        extra={"fields": {"method": request.method, "path": request.url.path, "cause": type(error).__name__}},
        exc_info=error,
    )
    return TrilhaError("the server failed on this request; its log says why")


def is_mlflow(path: str) -> bool:
    """Tell MLflow's paths, which want MLflow's errors, from our own."""
    return not path.startswith("/api/v1")
