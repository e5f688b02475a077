"""Settings come from flags, then from the environment."""

from pathlib import Path

import pytest
from trilha_server.domain.errors import InvalidInput
from trilha_server.settings import Settings, read_settings


def test_without_anything_given_the_defaults_hold() -> None:
    assert read_settings({}, {}) == Settings()


def test_the_environment_is_read_as_the_settings_are_typed() -> None:
    environment = {"TRILHA_PORT": "80", "TRILHA_DATA_DIR": "/data", "TRILHA_INSECURE": "true", "OTHER": "x"}

    assert read_settings({}, environment) == Settings(port=80, data_dir=Path("/data"), insecure=True)


def test_a_flag_wins_over_the_environment() -> None:
    assert read_settings({"port": 1}, {"TRILHA_PORT": "2"}).port == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRILHA_PORT", "70000"),
        ("TRILHA_PORT", ""),
        ("TRILHA_GRPC_PORT", "on"),
        ("TRILHA_INSECURE", "perhaps"),
        ("TRILHA_MAX_BODY_MB", "0"),
        ("TRILHA_LOG_FORMAT", "xml"),
    ],
)
def test_a_wrong_value_is_refused_with_the_name_of_its_setting(variable: str, value: str) -> None:
    name = variable.removeprefix("TRILHA_").lower()
    with pytest.raises(InvalidInput, match=rf"^setting '{name}' \({variable}\): "):
        read_settings({}, {variable: value})
