"""The command `trilha`."""

from trilha_server.cli.main import main

__all__ = ["main"]
