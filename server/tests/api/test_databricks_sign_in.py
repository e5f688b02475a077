"""Clients find out how to sign in, get a token, and a token that is not good is refused everywhere."""

import base64
import time
from urllib.parse import urlencode

import pytest
from trilha_server.access.tokens import LIFETIME_S, Tokens

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.databricks import KEY
from server.tests.support.spans import FixedClock

FORM = {"content-type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials", "scope": "all-apis"}
TOKEN = "/oidc/v1/token"
ME = "/api/2.0/preview/scim/v2/Me"
SAMPLES = ["/api/2.0/mlflow/experiments/get?experiment_id=0", "/api/v1/experiments", "/health", "/nothing", ME]


class LateClock(FixedClock):
    """Tells the time of the system, and how many seconds before."""

    def __init__(self, before_s: int) -> None:
        super().__init__()
        self.time_ms = time.time_ns() // 1_000_000 - before_s * 1000


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def a_token(client: Client, client_id: str = "app-1") -> str:
    answer = client.post(TOKEN, content=urlencode(GRANT), headers=FORM | basic(client_id, "secret"))
    assert answer.status_code == 200
    return answer.json()["access_token"]


def test_discovery_leads_to_the_token_endpoint(client: Client) -> None:
    found = client.get("/.well-known/databricks-config").json()
    assert found == {"oidc_endpoint": "http://trilha/oidc", "workspace_id": "0"}

    metadata = client.get(f"{found['oidc_endpoint']}/.well-known/oauth-authorization-server").json()
    assert metadata["token_endpoint"] == "http://trilha/oidc/v1/token"
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert "authorization_endpoint" in metadata, "the SDK does not go on without it"


def test_discovery_names_the_address_that_the_client_used(client: Client) -> None:
    found = client.get("/.well-known/databricks-config", headers={"host": "traces.example.com:8443"}).json()

    assert found["oidc_endpoint"] == "http://traces.example.com:8443/oidc"


@pytest.mark.parametrize("public_url", ["https://traces.example.com", "https://traces.example.com/"])
def test_discovery_names_the_operators_address(a_server: Door, public_url: str) -> None:
    found = a_server(public_url=public_url).get("/.well-known/databricks-config").json()

    assert found["oidc_endpoint"] == "https://traces.example.com/oidc"


@pytest.mark.parametrize("in_header", [True, False])
def test_a_client_gets_a_token_that_names_it(client: Client, *, in_header: bool) -> None:
    form = GRANT if in_header else GRANT | {"client_id": "app-é", "client_secret": "s:e&c=ret"}
    headers = basic("app-é", "s:e&c=ret") if in_header else {}
    answer = client.post(TOKEN, content=urlencode(form), headers=FORM | headers)

    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", LIFETIME_S)
    assert answer.headers["cache-control"] == "no-store"
    assert client.get(ME, headers=bearer(body["access_token"])).json()["userName"] == "app-é"


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        (GRANT, {}, 401, "invalid_client"),
        (GRANT, basic("app", ""), 401, "invalid_client"),
        (GRANT, basic("", "secret"), 401, "invalid_client"),
        (GRANT, basic("a" * 251, "secret"), 401, "invalid_client"),
        (GRANT, {"authorization": "Basic !!!"}, 401, "invalid_client"),
        (GRANT, {"authorization": "Bearer dapi"}, 401, "invalid_client"),
        (GRANT | {"client_id": "app"}, {}, 401, "invalid_client"),
        ({}, basic("app", "secret"), 400, "invalid_request"),
        ({"grant_type": "password"}, basic("app", "secret"), 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, {}, 400, "unsupported_grant_type"),
    ],
)
def test_who_cannot_have_a_token_is_told_in_oauths_words(
    client: Client, form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    answer = client.post(TOKEN, content=urlencode(form), headers=FORM | headers)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]
    assert ("www-authenticate" in answer.headers) == (status == 401)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"\xff\xfe", 400),
        (b"grant_type=client_credentials&grant_type=password", 400),
        (b"a=1&" * 200, 400),
        (b"x" * 100_000, 413),
    ],
)
def test_a_form_that_cannot_be_read_is_refused(client: Client, body: bytes, status: int) -> None:
    assert client.post(TOKEN, content=body, headers=FORM | basic("app", "secret")).status_code == status


def test_any_personal_access_token_is_accepted_and_nobody_by_name(client: Client) -> None:
    for headers in ({}, bearer("dapi0123456789"), bearer("a.b.c"), basic("me", "pw"), {"authorization": "nonsense"}):
        answer = client.get(ME, headers=headers)
        assert (answer.status_code, answer.json()["userName"]) == (200, "anybody")


@pytest.mark.parametrize("path", SAMPLES)
def test_a_forged_token_is_refused_on_every_route(client: Client, path: str) -> None:
    head, body, signature = a_token(client).split(".")
    forged = f"{head}.{body}.{signature[::-1]}"
    answer = client.get(path, headers=bearer(forged))

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    if path.startswith("/api/v1"):
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Unauthenticated"
    else:
        assert answer.json()["error_code"] == "UNAUTHENTICATED"


def test_a_forged_token_keeps_spans_out(client: Client) -> None:
    answer = client.post("/v1/traces", content=b"", headers=bearer(a_token(client) + "x"))

    assert answer.status_code == 401


def test_an_expired_token_is_refused_and_says_so(keyed_client: Client) -> None:
    old = Tokens(KEY, LateClock(LIFETIME_S + 5)).issue("app").text
    young = Tokens(KEY, LateClock(LIFETIME_S - 60)).issue("app").text

    assert keyed_client.get(ME, headers=bearer(young)).json()["userName"] == "app"
    answer = keyed_client.get(ME, headers=bearer(old))
    assert answer.status_code == 401
    assert "expired" in answer.json()["message"]


def test_a_token_of_another_trilha_is_refused(client: Client, keyed_client: Client) -> None:
    assert keyed_client.get(ME, headers=bearer(a_token(client))).status_code == 401


def test_a_token_outlives_the_server_that_gave_it(keyed_client: Client) -> None:
    """The key is kept in the store: a server that starts anew, or another on the same store, knows its tokens."""
    assert keyed_client.get(ME, headers=bearer(Tokens(KEY, LateClock(0)).issue("app").text)).status_code == 200
