"""Every route is reached, carries its permission, and answers JSON when something is wrong."""

import re
from typing import Any

import pytest
from starlette.routing import Match
from trilha_server.api.routes import Permission
from trilha_server.api.web import FILES, PAGES

from server.tests.support.client import Client

SAMPLES = {
    "trace_id": "tr-" + "0" * 32,
    "assessment_id": "a-1",
    "experiment_id": "0",
    "path": "0/traces/x/artifacts/traces.json",
}


def sample_path(template: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: SAMPLES.get(found[1], "x"), template)


def test_no_route_stands_in_the_shadow_of_another(client: Client) -> None:
    routes = client.routes
    for route in routes:
        for method in route.methods or ():
            scope: dict[str, Any] = {"type": "http", "method": method, "path": sample_path(route.path), "headers": []}
            first = next(other for other in routes if other.matches(scope)[0] is Match.FULL)
            assert (first.path, first.methods) == (route.path, route.methods), f"{method} {route.path}"


def test_every_route_says_which_permission_it_needs(client: Client) -> None:
    permissions = client.permissions
    served = {(method, route.path) for route in client.routes for method in route.methods or () if method != "HEAD"} - {
        ("GET", "/openapi.json")
    }

    assert served == permissions.keys()


def test_only_the_ui_what_tells_nothing_and_the_way_to_a_token_are_public(client: Client) -> None:
    permissions = client.permissions
    public = {path for (_, path), permission in permissions.items() if permission is Permission.PUBLIC}

    assert public == {
        "/version",
        "/health",
        "/api/3.0/mlflow/server-info",
        "/.well-known/databricks-config",
        "/oidc/.well-known/oauth-authorization-server",
        "/oidc/v1/token",
        *PAGES,
        *FILES,
    }


def test_the_openapi_document_tells_the_permissions(client: Client) -> None:
    document = client.get("/openapi.json").json()
    permissions = client.permissions
    told = {
        (method.upper(), path): operation["x-permission"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }

    assert told
    documented = {(method, path.replace(":path", "")): permission for (method, path), permission in permissions.items()}
    assert all(documented[route] == permission for route, permission in told.items())


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1", "/api/v1/traces/search/more"])
def test_an_unknown_path_of_our_own_is_a_problem(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["status"] == 404


@pytest.mark.parametrize("path", ["/nothing", "/api/2.0/mlflow/nothing", "/ajax-api/2.0/mlflow/x", "/index.html"])
def test_any_other_unknown_path_is_an_error_as_mlflow_knows_it(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json()["error_code"] == "ENDPOINT_NOT_FOUND"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/traces"), ("DELETE", "/api/v1/experiments"), ("PUT", "/version")]
)
def test_a_wrong_method_is_told_in_json(client: Client, method: str, path: str) -> None:
    answer = client.request(method, path)

    assert answer.status_code == 405
    assert answer.headers["allow"]
    assert answer.json()


@pytest.mark.parametrize("path", ["/version", "/health"])
def test_probes_answer_text(client: Client, path: str) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")


def test_metrics_are_for_prometheus(client: Client) -> None:
    answer = client.get("/metrics")

    assert answer.status_code == 200
    assert "trilha_ingest_pending_bytes 0.0" in answer.text
