"""The search that a client asks for first: an operation, done as soon as it is begun."""

from typing import Any

from trilha_server.api.mlflow.route import MlflowRoute
from trilha_server.api.mlflow.traces import Search, search_traces
from trilha_server.api.routes import Permission
from trilha_server.api.services import Services


def begin_search(services: Services, request: Search) -> dict[str, Any]:  # Any: JSON
    """Find traces."""
    found = search_traces(services, request)
    found["trace_infos"] = found.pop("traces")
    return {"name": "search", "done": True, "response": found}


ROUTES: list[MlflowRoute[Any]] = [
    MlflowRoute(
        method="POST",
        path="/api/4.0/mlflow/traces/search-long-running",
        permission=Permission.READ,
        request=Search,
        handle=begin_search,
    ),
]
