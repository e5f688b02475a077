"""The guide's question, put to a server with the demo's week: is the new version a regression?"""

from typing import Any

import httpx
import pytest
from trilha_server.cli.demo import send

pytestmark = pytest.mark.slow

NOW_MS = 1_795_266_000_000  # 21 November 2026, 13:00 UTC
TRACES = 1200


def asked(client: httpx.Client, path: str, **body: Any) -> dict[str, Any]:  # Any: JSON
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_slower_version_that_fails_more_is_a_regression(client: httpx.Client) -> None:
    experiment_id, _ = send(client, "shop", TRACES, NOW_MS)
    both = {"experiment_ids": [experiment_id], "filter": "tags.environment = 'production'"}
    versions = {"a": "tags.app_version = '1.0.0'", "b": "tags.app_version = '1.1.0'"}

    regression = asked(client, "/api/v1/comparison", **both, **versions)
    assert regression["verdict"] == "worse"
    worse = {metric["name"] for metric in regression["metrics"] if metric["verdict"] == "worse"}
    assert {"error_rate", "duration_ms.mean", "duration_ms.p50"} <= worse

    halves = {"a": "request_id RLIKE '[0-7]$'", "b": "request_id RLIKE '[8-9a-f]$'"}
    equal = asked(client, "/api/v1/comparison", **both, **halves)
    assert equal["verdict"] == "no evidence"
    assert equal["a"]["traces"] + equal["b"]["traces"] > TRACES / 2

    by_version = asked(client, "/api/v1/figures/traces", **both, group_by=["tags.app_version"])
    rates = {row["group"]["tags.app_version"]: row["error_rate"] for row in by_version["rows"]}
    assert rates["1.1.0"] > 1.5 * rates["1.0.0"]

    why = asked(client, "/api/v1/differences", **both, **versions)
    assert "span.name" in {one["attribute"] for one in why["attributes"]}  # the second version reranks
