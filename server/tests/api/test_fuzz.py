# pyright: basic
# schemathesis is typed in part.
"""The native API keeps the promises of its OpenAPI document, whatever is asked of it."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from server.tests.api.conftest import Door
from server.tests.support.client import Client
from server.tests.support.spans import a_span
from server.tests.support.wire import send

EXAMPLES_PER_OPERATION = 30
_ALL_CHECKS: Any = list(HealthCheck)  # Any: hypothesis types the class as no collection
_PROMISES: list[Any] = [  # Any: schemathesis mixes two kinds of check
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.slow
def test_the_openapi_document_is_true(a_server: Door) -> None:
    fuzzed = a_server()
    send(fuzzed, a_span())
    schema = schemathesis.openapi.from_dict(fuzzed.get("/openapi.json").json())
    asked = 0
    for result in schema.get_all_operations():
        operation: schemathesis.APIOperation[Any, Any, Any, Any] = result.ok()  # type: ignore[union-attr]  # a broken one fails here
        _ask(fuzzed, operation)
        asked += 1
    assert asked >= 12


def _ask(client: Client, operation: "schemathesis.APIOperation[Any, Any, Any, Any]") -> None:
    @settings(max_examples=EXAMPLES_PER_OPERATION, suppress_health_check=_ALL_CHECKS)
    @given(case=operation.as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.validate_response(_answer(client, case), checks=_PROMISES)

    ask()


def _answer(client: Client, case: schemathesis.Case) -> httpx.Response:
    how = case.as_transport_kwargs("http://trilha")
    method, url = how.pop("method"), how.pop("url")
    if "data" in how:
        how["content"] = how.pop("data")
    how.pop("cookies", None)
    return client.request(method, url, **how)
