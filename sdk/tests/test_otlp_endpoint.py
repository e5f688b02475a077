"""What OpenTelemetry's variables say of a second destination."""

import logging

import pytest
from trilha._otlp_endpoint import OtlpEndpoint
from trilha._settings import DEFAULT_TRACKING_URI, read_settings

WANTED = {"MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT": "true"}


def read(**said: str) -> OtlpEndpoint | None:
    return read_settings(
        {**WANTED, **{f"OTEL_EXPORTER_OTLP_{key}": value for key, value in said.items()}}
    ).second_destination


@pytest.mark.parametrize(
    ("said", "url"),
    [
        ({"ENDPOINT": "http://collector:4318"}, "http://collector:4318/v1/traces"),
        ({"ENDPOINT": "https://collector/otlp/"}, "https://collector/otlp/v1/traces"),
        ({"ENDPOINT": "https://collector/otlp?tenant=a"}, "https://collector/otlp/v1/traces?tenant=a"),
        ({"TRACES_ENDPOINT": "http://collector:4318/mine"}, "http://collector:4318/mine"),
        ({"TRACES_ENDPOINT": "http://traces/t", "ENDPOINT": "http://all"}, "http://traces/t"),
        ({"TRACES_ENDPOINT": "collector:4318", "ENDPOINT": "http://all"}, "http://all/v1/traces"),
        ({"TRACES_ENDPOINT": "", "ENDPOINT": "http://all"}, "http://all/v1/traces"),
    ],
)
def test_an_address_for_traces_is_taken_as_it_is_and_one_for_all_gets_a_path(said: dict[str, str], url: str):
    endpoint = read(**said)
    assert endpoint is not None
    assert endpoint.url == url


def test_what_is_not_said_is_as_the_specification_has_it():
    assert read(ENDPOINT="http://c") == OtlpEndpoint(url="http://c/v1/traces", timeout_s=10.0)


def test_variables_for_traces_win_over_those_for_all():
    said = {"HEADERS": "a=1", "TIMEOUT": "5000", "COMPRESSION": "none", "CERTIFICATE": "/all.pem"}
    for_traces = {"HEADERS": "authorization=Bearer%20t,b=2", "TIMEOUT": "2500", "COMPRESSION": "gzip"}
    endpoint = read(ENDPOINT="http://c", **said, **{f"TRACES_{key}": value for key, value in for_traces.items()})
    assert endpoint == OtlpEndpoint(
        url="http://c/v1/traces",
        headers={"authorization": "Bearer t", "b": "2"},
        timeout_s=2.5,
        is_compressed=True,
        ca_path="/all.pem",
    )


@pytest.mark.parametrize(("written", "timeout_s"), [("10000", 10.0), ("100", 0.1), ("10", 10.0), ("0.5", 0.5)])
def test_a_time_is_in_milliseconds_unless_that_makes_no_sense(written: str, timeout_s: float):
    endpoint = read(ENDPOINT="http://c", TIMEOUT=written)
    assert endpoint is not None
    assert endpoint.timeout_s == timeout_s


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEOUT", "soon"),
        ("COMPRESSION", "snappy"),
        ("HEADERS", "hunter2"),
        ("HEADERS", "a=hunter%0A2"),
        ("TRACES_ENDPOINT", "http://me:hunter2@c/v1/traces"),
        ("TRACES_ENDPOINT", "http://[hunter2"),
        ("TRACES_ENDPOINT", "grpc://c:4317"),
    ],
)
def test_what_is_invalid_is_told_without_its_value(name: str, value: str, caplog: pytest.LogCaptureFixture):
    assert read(**{"ENDPOINT": "http://c", name: value}) == OtlpEndpoint(url="http://c/v1/traces")
    (record,) = caplog.records
    assert record.getMessage().startswith(f"OTEL_EXPORTER_OTLP_{name} is ignored")
    assert value not in caplog.text
    assert "hunter" not in caplog.text


@pytest.mark.parametrize("protocol", ["grpc", "http/json"])
def test_another_protocol_is_told_with_what_to_set_and_nothing_goes_there(
    protocol: str, caplog: pytest.LogCaptureFixture
):
    assert read(ENDPOINT="http://c:4317", PROTOCOL=protocol) is None
    (record,) = caplog.records
    assert "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf" in record.getMessage()


def test_a_protocol_for_traces_wins_over_the_one_for_all():
    assert read(ENDPOINT="http://c", PROTOCOL="grpc", TRACES_PROTOCOL="http/protobuf") is not None


def test_a_second_destination_without_an_address_is_told(caplog: pytest.LogCaptureFixture):
    assert read() is None
    (record,) = caplog.records
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in record.getMessage()


@pytest.mark.parametrize("said", [{}, {"MLFLOW_TRACE_ENABLE_OTLP_DUAL_EXPORT": "false"}])
def test_opentelemetrys_variables_alone_redirect_nothing_and_are_no_warning(
    said: dict[str, str], caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.INFO, logger="trilha"):
        read = read_settings(
            {**said, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere", "OTEL_TRACES_EXPORTER": "otlp"}
        )
    assert (read.second_destination, read.tracking_uri) == (None, DEFAULT_TRACKING_URI)
    (record,) = caplog.records
    assert record.levelno == logging.INFO
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in record.getMessage()
    assert "elsewhere" not in record.getMessage()


def test_headers_do_not_show():
    endpoint = read(ENDPOINT="http://c", HEADERS="authorization=hunter2")
    assert endpoint is not None
    assert endpoint.headers == {"authorization": "hunter2"}
    assert "hunter2" not in repr(endpoint)
