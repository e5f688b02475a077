"""Routes of MLflow's protocol: a JSON body or a query becomes a request type, an answer becomes JSON."""

import re
import types
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from trilha_server.api.addresses import base_url
from trilha_server.api.bodies import client_of, read_body
from trilha_server.api.mlflow.dialect import WORKSPACE_HEADER, WORKSPACE_ID, Dialect, dialect_of
from trilha_server.api.problems import mlflow_response, unexpected
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services
from trilha_server.domain.errors import InvalidInput, TrilhaError
from trilha_server.normalise.values import read_json

T = TypeVar("T", bound=msgspec.Struct)

_MISSING = re.compile(r"Object missing required field `(\w+)`(?: - at `\$\.?(.*)`)?")
_TYPE_OF_CLIENT_BOOLEAN = {"True": "true", "False": "false"}  # Python's spelling, as MLflow's client writes queries


class MlflowRoute(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One call of the protocol."""

    method: str
    path: str
    permission: Permission
    request: type[T]
    handle: Callable[[Services, T], object]
    """Runs on a worker thread; may block."""
    other_codes: Mapping[str, str] = {}
    """Error codes that clients of this call know by another name."""

    def bind(self, services: Services) -> RawRoute:
        """Make a route that serves the call."""

        async def handle(request: Request) -> Response:
            try:
                body = (
                    b""
                    if request.method == "GET"
                    else await read_body(request, request.headers, services.max_body_bytes)
                )
                decoded = _decode(self.request, request, body, services.public_url)
                result = await run_in_threadpool(self.handle, services, decoded)
                content = msgspec.json.encode(result)
            except TrilhaError as error:
                return mlflow_response(error, self.other_codes)
            except Exception as error:  # the edge of the process
                return mlflow_response(unexpected(error, request))
            return Response(content, headers=_headers_for(request), media_type="application/json")

        return RawRoute(method=self.method, path=self.path, permission=self.permission, handle=handle)


class Empty(msgspec.Struct):
    """An answer or a request without fields."""


def _headers_for(request: Request) -> dict[str, str] | None:
    # Databricks' clients warn where the answer about a run does not say which workspace it is of.
    return {WORKSPACE_HEADER: WORKSPACE_ID} if dialect_of(request) is Dialect.DATABRICKS else None


def _decode(kind: type[T], request: Request, body: bytes, public_url: str | None) -> T:
    try:
        fields = _query(kind, request) if request.method == "GET" else _json_object(body)
        fields |= request.path_params
        fields |= {
            "sender_client": client_of(request.headers),
            "sender_body_bytes": len(body),
            "sender_dialect": dialect_of(request),
            "sender_base_url": base_url(request, public_url),
        }  # for the calls that are counted, and those that answer each kind of client in its own way
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise InvalidInput(_explain(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput("the body is not JSON") from error


def _json_object(body: bytes) -> dict[str, Any]:  # Any: JSON
    fields = read_json(body or b"{}")
    if not isinstance(fields, dict):
        raise InvalidInput("the body must be a JSON object")
    return fields  # pyright: ignore[reportUnknownVariableType]  # JSON


def _query(kind: type[msgspec.Struct], request: Request) -> dict[str, Any]:  # Any: text or lists of text
    hints = get_type_hints(kind)
    found: dict[str, Any] = {}
    for key in request.query_params:
        values = request.query_params.getlist(key)
        found[key] = values if _is_list(hints.get(key)) else _TYPE_OF_CLIENT_BOOLEAN.get(values[-1], values[-1])
    return found


def _is_list(hint: object) -> bool:
    if isinstance(hint, types.UnionType):
        return any(_is_list(option) for option in get_args(hint))
    return get_origin(hint) in (list, tuple)


def _explain(message: str) -> str:
    missing = _MISSING.match(message)
    if missing is None:
        return message[0].lower() + message[1:]
    name = ".".join(part for part in (missing.group(2), missing.group(1)) if part)
    return f"missing value for required parameter '{name}'"
