"""Whatever is sent, the answer is JSON, never a fault of ours, and nothing breaks what others read."""

from typing import Any

import pytest

from server.tests.support.client import Client
from server.tests.support.spans import a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

MLFLOW = "/api/3.0/mlflow/traces"


def a_declaration(trace: str, experiment: str, **changes: Any) -> dict[str, Any]:
    location = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    info = {
        "trace_id": trace,
        "trace_location": location,
        "request_time": "2026-11-21T10:00:00.123Z",
        "execution_duration": "1.5s",
        "state": "OK",
        **changes,
    }
    return {"trace": {"trace_info": info}}


@pytest.mark.parametrize(
    "changes",
    [
        {"request_time": 10**30},
        {"request_time": 10**15},
        {"request_time": -1},
        {"request_time": "9999-12-31T23:59:59.999Z"},
        {"request_time": "0001-01-01T00:00:00Z"},
        {"request_time": "soon"},
        {"request_time": ""},
        {"request_time": []},
        {"execution_duration": "1e30s"},
        {"execution_duration": "99999999999999999999s"},
        {"execution_duration": "-5s"},
        {"execution_duration": "x"},
        {"state": "SIDEWAYS"},
        {"trace_metadata": {"mlflow.trace.tokenUsage": '{"input_tokens": 99999999999999999999999999}'}},
        {"trace_metadata": {"mlflow.trace.cost": '{"total_cost": 1e999}'}},
        {"trace_metadata": {"a": None, "nul": "\x00"}},
        {"tags": {"k" * 10_000: "v" * 100_000}},
        {"tags": {"mlflow.linkedPrompts": '[{"name": "\\ud800", "version": 1}]'}},
        {"client_request_id": "\x00"},
        {"assessments": [{"assessment_name": "a", "feedback": {"value": 10**400}, "source": {"source_type": "CODE"}}]},
        {"assessments": [{"assessment_name": "a", "feedback": {"value": 1}, "create_time": 10**20}]},
        {"assessments": [{"assessment_name": "\x00", "assessment_id": "\x00", "feedback": {"value": "\x00"}}]},
    ],
)
def test_an_odd_declaration_is_kept_or_refused_and_the_experiment_stays_readable(
    client: Client, changes: dict[str, Any]
) -> None:
    experiment, trace = an_experiment(client), trace_id(new_number())
    answer = client.post(MLFLOW, json=a_declaration(trace, experiment, **changes))

    assert answer.status_code in (200, 400), answer.text
    search = {"locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}]}
    found = client.post(f"{MLFLOW}/search", json=search)
    assert found.status_code == 200, found.text
    assert len(found.json().get("traces", [])) == (answer.status_code == 200)
    native = client.post("/api/v1/traces/search", json={"experiment_ids": [experiment]})
    assert native.status_code == 200
    if answer.status_code == 200:
        assert client.get(f"{MLFLOW}/get", params={"trace_id": trace}).status_code == 200
        assert client.get(f"/api/v1/traces/{trace}").status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"5",
        b"garbage",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"trace": null}',
        b'{"trace": {"trace_info": "x"}}',
        b'{"experiment_ids": "x", "locations": 5, "filter": 7, "name": []}',
        b'{"name": "\\ud800", "filter": "\\ud800", "experiment_ids": ["\\ud800"]}',
        b'{"filter": "' + b"(" * 16_000 + b'"}',
        b'{"page_token": "' + b"A" * 5000 + b'"}',
    ],
)
def test_nonsense_is_refused_in_words_on_every_route_that_takes_a_body(client: Client, body: bytes) -> None:
    permissions = client.permissions
    for method, template in permissions:
        if method == "GET":
            continue
        path = template.replace("{trace_id}", trace_id(1)).replace("{assessment_id}", "a-1").replace("{path:path}", "x")
        answer = client.request(method, path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code < 500, f"{method} {template}: {answer.text[:300]}"
        assert answer.headers["content-type"] in ("application/json", "application/problem+json"), (
            f"{method} {template}"
        )
        answer.json()


@pytest.mark.parametrize("value", ["\x00", "\ud800", "x" * 5000, "%00", "../../etc/passwd", "-1", "9" * 40, "1.5"])
def test_nonsense_in_a_query_is_refused_in_words(client: Client, value: str) -> None:
    permissions = client.permissions
    keys = (
        "trace_id",
        "trace_ids",
        "experiment_id",
        "experiment_name",
        "since",
        "limit",
        "offset",
        "id",
        "max_results",
    )
    query = {key: value.encode("utf-8", "surrogatepass") for key in (*keys, "page_token", "filter", "order_by")}
    for method, template in permissions:
        if method != "GET" or template in ("/api/v1/traces/live", "/metrics"):
            continue
        path = template.replace("{trace_id}", trace_id(1)).replace("{assessment_id}", "a-1").replace("{path:path}", "x")
        answer = client.get(path.replace("{experiment_id}", "0"), params=query)
        assert answer.status_code < 500, f"{method} {template}: {answer.text[:300]}"


@pytest.mark.parametrize(
    "attributes",
    [
        {"gen_ai.usage.input_tokens": float("inf")},
        {"gen_ai.usage.input_tokens": 2**63 - 1, "gen_ai.usage.output_tokens": 2**63 - 1},
        {"mlflow.llm.cost": {"total_cost": float("nan")}},
        {"mlflow.chat.tokenUsage": '{"input_tokens": 1e999}'},
        {"mlflow.spanInputs": "[" * 50_000},
        {"mlflow.spanInputs": '"\\ud800"'},
        {"mlflow.traceTag.\x00": "\x00"},
        {"session.id": "\x00" * 300},
        {"": None},
    ],
)
def test_odd_attributes_are_kept_and_can_be_read(client: Client, attributes: dict[str, Any]) -> None:
    experiment, number = an_experiment(client), new_number()
    assert (
        send(client, a_span(trace=number, name="\x00", attributes=attributes), experiment=experiment).status_code == 200
    )

    path = f"/api/v1/traces/{trace_id(number)}"
    answers = [
        client.get(path),
        client.get(f"{path}/spans", params={"id": "0" * 15 + "1"}),
        client.get(f"{MLFLOW}/get", params={"trace_id": trace_id(number)}),
        client.post("/api/v1/traces/search", json={"experiment_ids": [experiment], "filter": "trace.text LIKE '%a%'"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
