"""What the environment says, and what it may get wrong."""

import logging

import pytest
from trilha._settings import (
    DEFAULT_EXPERIMENT,
    DEFAULT_TRACKING_URI,
    Credentials,
    Destination,
    Settings,
    change,
    forget,
    read_settings,
    settings,
)
from trilha._tracking import is_tracking_uri_set, set_tracking_uri
from trilha.exceptions import InvalidInput


@pytest.fixture(autouse=True)
def read_anew(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    forget()
    yield
    forget()


def test_an_empty_environment_gives_the_defaults():
    assert read_settings({}) == Settings()
    assert Settings().tracking_uri == DEFAULT_TRACKING_URI


def test_our_own_address_wins_over_mlflows():
    said = {"MLFLOW_TRACKING_URI": "http://mlflow:5000", "TRILHA_TRACKING_URI": "http://trilha:5000"}
    assert read_settings(said).tracking_uri == "http://trilha:5000"


def test_whether_an_address_was_told_is_known(monkeypatch: pytest.MonkeyPatch):
    assert not is_tracking_uri_set()
    set_tracking_uri(DEFAULT_TRACKING_URI)
    assert is_tracking_uri_set()
    forget()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", DEFAULT_TRACKING_URI)
    assert is_tracking_uri_set()
    served = {"ENABLE_MLFLOW_TRACING": "true", "DATABRICKS_HOST": "https://host"}
    assert read_settings(served).is_tracking_uri_told


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://first")
    assert settings().tracking_uri == "http://first"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://second")
    assert settings().tracking_uri == "http://first"


def test_an_address_without_its_bracket_is_none(caplog: pytest.LogCaptureFixture):
    assert read_settings({"TRILHA_TRACKING_URI": "http://me:secret@[1"}).tracking_uri == DEFAULT_TRACKING_URI
    with pytest.raises(InvalidInput) as raised:
        set_tracking_uri("http://me:secret@[1")
    assert "secret" not in caplog.text + str(raised.value)


def test_a_call_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://first")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "7")
    change(tracking_uri="http://second")
    assert settings().tracking_uri == "http://second"
    assert settings().destination == Destination(experiment_id="7")


@pytest.mark.parametrize(
    ("said", "destination"),
    [
        ({}, DEFAULT_EXPERIMENT),
        ({"MLFLOW_EXPERIMENT_ID": "12"}, Destination(experiment_id="12")),
        ({"MLFLOW_EXPERIMENT_NAME": "/Shared/app"}, Destination(experiment="/Shared/app")),
        ({"MLFLOW_EXPERIMENT_NAME": "app", "MLFLOW_EXPERIMENT_ID": "12"}, Destination(experiment_id="12")),
        ({"MLFLOW_TRACING_DESTINATION": "3", "MLFLOW_EXPERIMENT_ID": "12"}, Destination(experiment_id="3")),
        ({"MLFLOW_TRACING_DESTINATION": "main.traces"}, Destination(experiment="main.traces")),
        ({"MLFLOW_EXPERIMENT_NAME": "  "}, DEFAULT_EXPERIMENT),
    ],
)
def test_traces_go_where_the_environment_says(said: dict[str, str], destination: Destination):
    assert read_settings(said).destination == destination


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db", "tracking_uri"),
        ("MLFLOW_TRACE_SAMPLING_RATIO", "1.5", "sampling_ratio"),
        ("MLFLOW_TRACE_SAMPLING_RATIO", "nan", "sampling_ratio"),
        ("MLFLOW_TRACE_SAMPLING_RATIO", "half", "sampling_ratio"),
        ("MLFLOW_TRACING_ENABLED", "maybe", "is_enabled"),
        ("TRILHA_MEMORY_LIMIT_MB", "0", "memory_limit_bytes"),
        ("TRILHA_EXIT_TIMEOUT_S", "60", "exit_timeout_s"),
        ("TRILHA_TAGS", "production", "default_tags"),
        ("OTEL_RESOURCE_ATTRIBUTES", "=", "resource"),
    ],
)
def test_what_is_invalid_is_told_once_without_its_value_and_the_default_stands(
    name: str, value: str, field: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING, logger="trilha"):
        said = read_settings({name: value})
    assert getattr(said, field) == getattr(Settings(), field)
    (record,) = caplog.records
    assert name in record.message
    assert len(value) < 4 or value not in record.message


@pytest.mark.parametrize(("value", "is_enabled"), [("false", False), ("0", False), ("TRUE", True), ("1", True)])
def test_tracing_can_be_switched_off(value: str, is_enabled: bool):
    assert read_settings({"MLFLOW_TRACING_ENABLED": value}).is_enabled is is_enabled


@pytest.mark.parametrize(
    ("said", "tracking_uri", "is_enabled"),
    [
        ({"ENABLE_MLFLOW_TRACING": "true", "DATABRICKS_HOST": "https://h"}, "databricks", True),
        ({"ENABLE_MLFLOW_TRACING": "true", "DATABRICKS_CLIENT_ID": "c"}, "databricks", True),
        ({"ENABLE_MLFLOW_TRACING": "true"}, DEFAULT_TRACKING_URI, True),
        ({"DATABRICKS_HOST": "https://h", "DATABRICKS_TOKEN": "t"}, DEFAULT_TRACKING_URI, True),
        ({"ENABLE_MLFLOW_TRACING": "false", "DATABRICKS_HOST": "https://h"}, DEFAULT_TRACKING_URI, False),
        (
            {"ENABLE_MLFLOW_TRACING": "true", "DATABRICKS_HOST": "https://h", "MLFLOW_TRACKING_URI": "http://mine"},
            "http://mine",
            True,
        ),
    ],
)
def test_what_an_endpoint_is_deployed_with_is_enough(said: dict[str, str], tracking_uri: str, is_enabled: bool):
    read = read_settings(said)
    assert (read.tracking_uri, read.is_enabled) == (tracking_uri, is_enabled)


def test_default_tags_may_name_variables():
    said = {
        "TRILHA_TAGS": "environment=$APP_ENVIRONMENT, team=search,region=$REGION,note=a%2Cb",
        "APP_ENVIRONMENT": "production",
    }
    assert read_settings(said).default_tags == {"environment": "production", "team": "search", "note": "a,b"}


def test_the_service_is_named_as_opentelemetry_does():
    said = {
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_RESOURCE_ATTRIBUTES": "service.name=other,service.version=1.2",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere:4318",
    }
    read = read_settings(said)
    assert read.resource == {"service.name": "shop", "service.version": "1.2"}
    assert read.tracking_uri == DEFAULT_TRACKING_URI


def test_credentials_do_not_show():
    assert "hunter2" not in repr(read_settings({"MLFLOW_TRACKING_PASSWORD": "hunter2", "DATABRICKS_TOKEN": "hunter2"}))
    assert Credentials(token="hunter2").token == "hunter2"


def test_variables_of_mlflow_without_effect_are_named_and_not_told(caplog: pytest.LogCaptureFixture):
    read_settings({"MLFLOW_TRACE_TIMEOUT_SECONDS": "17", "MLFLOW_HTTP_REQUEST_TIMEOUT": ""})
    (record,) = caplog.records
    assert "MLFLOW_TRACE_TIMEOUT_SECONDS: " in record.getMessage()
    assert "17" not in record.getMessage()
