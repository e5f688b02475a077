"""Writes `ui/openapi.json`, from which the UI's types are made: `make openapi`."""

import asyncio
import json
import tempfile
from pathlib import Path

from fastapi import FastAPI
from trilha_server.app import build
from trilha_server.settings import Settings

OPENAPI = Path(__file__).parents[3] / "ui" / "openapi.json"


def openapi_text() -> str:
    """Write the document that a server of this checkout serves at `/openapi.json`."""
    with tempfile.TemporaryDirectory() as folder:
        document = asyncio.run(_document(Settings(data_dir=Path(folder), grpc_port="off")))
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


async def _document(settings: Settings) -> dict[str, object]:
    server = build(settings)
    async with server.http.router.lifespan_context(server.http):  # so that the store is closed again
        app = server.native.app()
        assert isinstance(app, FastAPI)
        return app.openapi()


if __name__ == "__main__":
    OPENAPI.write_text(openapi_text(), encoding="utf-8")
