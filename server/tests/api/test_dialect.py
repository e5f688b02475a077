"""Which kind of client asks is told by its headers, and each gets the addresses that it understands."""

import pytest
from starlette.requests import Request
from trilha_server.api.bodies import client_of
from trilha_server.api.mlflow.dialect import Dialect, dialect_of, experiment_uri, run_uri, trace_uri, version_uri
from trilha_server.domain.ids import ExperimentId, TraceId

MLFLOW = "mlflow-python-client/3.17.2"
SDK = "unknown/0.0.0 databricks-sdk-py/0.156.0 python/3.11.7 os/linux auth/oauth-m2m"


def a_request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": raw})


@pytest.mark.parametrize(
    ("headers", "dialect"),
    [
        ({}, Dialect.HTTP),
        ({"user_agent": MLFLOW}, Dialect.HTTP),
        ({"user_agent": MLFLOW, "x_mlflow_client_version": "3.17.2"}, Dialect.HTTP),
        ({"user_agent": MLFLOW, "authorization": "Bearer dapi123"}, Dialect.HTTP),
        ({"user_agent": "mlflow-python-client/3.1.4"}, Dialect.HTTP),
        ({"user_agent": "OTel-OTLP-Exporter-Python/1.45.2"}, Dialect.HTTP),
        ({"user_agent": "python-requests/2.34.2"}, Dialect.HTTP),
        ({"user_agent": SDK}, Dialect.DATABRICKS),
        ({"user_agent": SDK, "x_mlflow_client_version": "3.17.2"}, Dialect.DATABRICKS),
        ({"user_agent": "my-app/1.0 databricks-sdk-py/0.20.0 python/3.9"}, Dialect.DATABRICKS),
        ({"user_agent": "unknown/0.0.0 databricks-sdk-java/0.50.0"}, Dialect.DATABRICKS),
        ({"user_agent": "a-proxy/1", "x_databricks_org_id": "0"}, Dialect.DATABRICKS),
    ],
)
def test_headers_tell_the_dialect(headers: dict[str, str], dialect: Dialect) -> None:
    assert dialect_of(a_request(**headers)) is dialect


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        ({}, ""),
        ({"user_agent": MLFLOW}, MLFLOW),
        ({"user_agent": SDK}, "databricks-sdk-py/0.156.0"),
        ({"user_agent": SDK, "x_mlflow_client_version": "3.17.2"}, MLFLOW),
        ({"user_agent": "my-app/1.0 databricks-sdk-py/0.20.0"}, "my-app/1.0"),
        ({"user_agent": "tests/1", "x_mlflow_client_version": "3.17.2"}, "tests/1"),
    ],
)
def test_clients_are_counted_under_their_own_name(headers: dict[str, str], client: str) -> None:
    assert client_of(a_request(**headers).headers) == client


def test_each_dialect_has_addresses_of_its_own() -> None:
    experiment, trace = ExperimentId(7), TraceId("tr-" + "0" * 32)

    def addresses(dialect: Dialect) -> list[str]:
        return [
            experiment_uri(dialect, experiment),
            run_uri(dialect, experiment, "run"),
            version_uri(dialect, experiment, "m-1"),
            trace_uri(dialect, experiment, trace),
        ]

    assert addresses(Dialect.HTTP) == [
        "mlflow-artifacts:/7",
        "mlflow-artifacts:/7/run/artifacts",
        "mlflow-artifacts:/7/models/m-1/artifacts",
        f"mlflow-artifacts:/7/traces/{trace}/artifacts",
    ]
    assert addresses(Dialect.DATABRICKS) == [
        "dbfs:/databricks/mlflow-tracking/7",
        "dbfs:/databricks/mlflow-tracking/7/run/artifacts",
        "dbfs:/databricks/mlflow-tracking/7/logged_models/m-1/artifacts",
        f"dbfs:/databricks/mlflow-tracking/7/{trace}/artifacts",
    ]
