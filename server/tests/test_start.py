"""A server answers soon: what only searches and the native API need is loaded afterwards (decision 0013)."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
LATE = ("alembic", "fastapi", "genai_prices", "numpy", "prometheus_client", "psycopg", "pydantic", "sqlalchemy")

SEND_AND_SEARCH = """
import sys
from pathlib import Path

import trilha_server.app
import trilha_server.cli.main
import trilha_server.cli.serve
from server.tests.support.client import Client
from server.tests.support.spans import a_request, a_span, trace_id
from trilha_server.settings import Settings

data_dir, grpc_port, *late = sys.argv[1:]
trilha_server.app.WARM_UP_AFTER_S = 60  # so that only requests load anything
with Client(trilha_server.app.build(Settings(data_dir=Path(data_dir), grpc_port=grpc_port))) as client:
    assert client.get("/health").status_code == 200
    headers = {"content-type": "application/x-protobuf", "x-trilha-experiment": "made on first use"}
    body = a_request(a_span()).SerializeToString()
    assert client.post("/v1/traces", content=body, headers=headers).status_code == 200
    print("loaded:", *(name for name in late if name in sys.modules))

    query = {"experiment_ids": ["1"], "filter": f"request_id = '{trace_id(1)}'"}
    print("found:", len(client.post("/api/v1/traces/search", json=query).json()["traces"]))
"""


@pytest.mark.slow
@pytest.mark.parametrize("grpc_port", ["off", "0"])
def test_spans_are_kept_before_anything_slow_is_loaded_and_a_search_waits_for_it(
    tmp_path: Path, grpc_port: str
) -> None:
    command = [sys.executable, "-c", SEND_AND_SEARCH, str(tmp_path), grpc_port, *LATE]
    ran = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=60)

    assert ran.stderr == ""
    assert ran.stdout.splitlines() == ["loaded:", "found: 1"]
