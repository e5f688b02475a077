import json
import logging

import pytest
from trilha_server.cli.logs import set_up_logs

SECRET = "what a user asked in private"


def fail() -> None:
    raise ValueError(SECRET)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_an_error_is_told_by_its_place_and_never_by_its_message(
    log_format: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.WARNING)
    set_up_logs(log_format)
    try:
        fail()
    except ValueError:
        logging.getLogger("trilha_server.test").exception("request failed", extra={"fields": {"cause": "ValueError"}})
    line = capsys.readouterr().err
    assert SECRET not in line
    assert "request failed" in line
    assert "ValueError" in line
    assert "test_logs.py" in line
    if log_format == "json":
        assert json.loads(line)["level"] == "error"
