"""What the command tells of itself."""

from trilha_server.cli.main import app
from typer.testing import CliRunner


def test_the_help_names_the_defaults() -> None:
    text = CliRunner().invoke(app, ["server", "--help"]).output

    assert "[default: 127.0.0.1]" in text
    assert "[default: ./trilha-data]" in text
