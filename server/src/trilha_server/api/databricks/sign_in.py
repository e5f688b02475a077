"""Finding out how to sign in, and signing in: OAuth 2.0 client credentials (RFC 6749, 4.4)."""

import base64
import binascii
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from trilha_server.access.tokens import MAX_SUBJECT_CHARS
from trilha_server.api.addresses import base_url
from trilha_server.api.authentication import caller_of
from trilha_server.api.bodies import read_body
from trilha_server.api.mlflow.dialect import WORKSPACE_HEADER, WORKSPACE_ID
from trilha_server.api.routes import Permission, RawRoute
from trilha_server.api.services import Services

ANYBODY = "anybody"
"""The name of a caller that showed no token of ours."""

_MAX_FORM_BYTES = 64 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
_GRANT_TYPE = "client_credentials"


class _Refused(Exception):
    """A request for a token that cannot be met, in OAuth's words (RFC 6749, 5.2)."""

    def __init__(self, code: str, description: str, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.description = description
        self.status = status


def sign_in_routes(services: Services) -> list[RawRoute]:
    """List the routes that lead to a token."""

    async def discover(request: Request) -> Response:
        oidc = f"{base_url(request, services.public_url)}/oidc"
        return JSONResponse({"oidc_endpoint": oidc, "workspace_id": WORKSPACE_ID})

    async def authorization_server(request: Request) -> Response:
        return JSONResponse(_metadata(f"{base_url(request, services.public_url)}/oidc"))

    async def token(request: Request) -> Response:
        try:
            client_id = _client_id(request, await _form(request))
        except _Refused as refused:
            headers = {**_NO_STORE, "WWW-Authenticate": 'Basic realm="trilha"'} if refused.status == 401 else _NO_STORE
            body = {"error": refused.code, "error_description": refused.description}
            return JSONResponse(body, refused.status, headers)
        issued = await run_in_threadpool(services.tokens.issue, client_id)
        body = {"access_token": issued.text, "token_type": "Bearer", "expires_in": issued.lifetime_s}
        return JSONResponse(body, headers=_NO_STORE)

    async def me(request: Request) -> Response:
        caller = caller_of(request)
        name = ANYBODY if caller is None else caller.name
        written = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": name,
            "userName": name,
            "displayName": name,
            "active": True,
        }
        return JSONResponse(written, headers={WORKSPACE_HEADER: WORKSPACE_ID})

    return [
        RawRoute(method=method, path=path, permission=permission, handle=handle)
        for method, path, permission, handle in (
            ("GET", "/.well-known/databricks-config", Permission.PUBLIC, discover),
            ("GET", "/oidc/.well-known/oauth-authorization-server", Permission.PUBLIC, authorization_server),
            ("POST", "/oidc/v1/token", Permission.PUBLIC, token),
            ("GET", "/api/2.0/preview/scim/v2/Me", Permission.READ, me),
        )
    ]


def _metadata(oidc: str) -> dict[str, object]:
    """Describe what can be asked of the token endpoint (RFC 8414)."""
    return {
        "issuer": oidc,
        "authorization_endpoint": f"{oidc}/v1/authorize",  # clients read it and, for client credentials, do not call it
        "token_endpoint": f"{oidc}/v1/token",
        "grant_types_supported": [_GRANT_TYPE],
        "response_types_supported": [],
        "scopes_supported": ["all-apis"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    }


async def _form(request: Request) -> dict[str, str]:
    body = await read_body(request, request.headers, _MAX_FORM_BYTES)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise _Refused("invalid_request", "the body is not a form") from error
    if any(len(values) > 1 for values in fields.values()):
        raise _Refused("invalid_request", "a field of the form is given twice")
    return {key: values[0] for key, values in fields.items()}


def _client_id(request: Request, form: dict[str, str]) -> str:
    """Tell which client asks for a token, and check its secret as far as there is anything to check."""
    grant_type = form.get("grant_type", "")
    if not grant_type:
        raise _Refused("invalid_request", "grant_type is missing")
    if grant_type != _GRANT_TYPE:
        raise _Refused("unsupported_grant_type", f"only {_GRANT_TYPE} is supported: set a client id and its secret")
    client_id, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
    if not client_id or not secret or len(client_id) > MAX_SUBJECT_CHARS:
        raise _Refused("invalid_client", "a client id and a client secret are needed", 401)
    return client_id


def _basic(request: Request) -> tuple[str, str] | None:
    kind, _, credentials = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(credentials.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _Refused("invalid_client", "the Authorization header cannot be read", 401) from error
    return client_id, secret
