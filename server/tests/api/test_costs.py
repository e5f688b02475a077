"""What traces cost, through the native API: the arithmetic, an experiment's prices, and computing costs anew."""

import time
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from trilha import names
from trilha_server.domain.span import AttributeValue

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, START_NS, a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

DEAR = {"input": 1000, "output": 1000}
BY_THE_LIST = {"input_usd": 4.5e-06, "output_usd": 1.8e-06, "total_usd": 6.3e-06}
BY_OURSELVES = {"input_usd": 0.03, "output_usd": 0.003, "total_usd": 0.033}


def a_call(trace: int, number: int = 1, *, parent: int | None = None, model: str = "gpt-4o-mini", **more: Any) -> Span:
    told: dict[str, AttributeValue] = {
        names.CHAT_TOKEN_USAGE: {"input_tokens": 30, "output_tokens": 3, "total_tokens": 33},
        "mlflow.llm.model": model,
        "mlflow.llm.provider": "openai",
        **more,
    }
    return a_span(number, trace=trace, parent=parent, start_ns=START_NS + number, attributes=told)


def bill(client: Client, number: int) -> dict[str, Any]:
    answer = client.get(f"/api/v1/traces/{trace_id(number)}/cost")
    assert answer.status_code == 200, answer.text
    return answer.json()


def set_price(client: Client, experiment: str, **price: Any) -> None:
    body = {"model": "gpt-4o-mini", **DEAR, **price}
    answer = client.request("PUT", f"/api/v1/experiments/{experiment}/prices", json=body)
    assert answer.status_code == 200, answer.text


def finished(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    until_s = time.monotonic() + 20
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < until_s
        time.sleep(0.02)
        job = client.get(f"/api/v1/jobs/{job['job_id']}").json()
    return job


class TestBill:
    def test_the_arithmetic_of_a_span_and_of_its_trace_can_be_read(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(1, trace=number), a_call(number, 2, parent=1), a_call(number, 3, parent=1))

        found = bill(client, number)

        lines = [
            {"kind": "input", "tokens": 30, "usd_per_million": 0.15, "usd": 4.5e-06},
            {"kind": "output", "tokens": 3, "usd_per_million": 0.6, "usd": 1.8e-06},
        ]
        first = found["spans"][0]
        assert (first["model"], first["provider"], first["cost_from"]) == ("gpt-4o-mini", "openai", "computed")
        assert (first["lines"], first["cost"]) == (lines, BY_THE_LIST)
        assert first["price_source"].startswith("genai-prices ")
        assert [(line["kind"], line["tokens"]) for line in found["lines"]] == [("input", 60), ("output", 6)]
        assert sum(line["usd"] for line in found["lines"]) == pytest.approx(found["cost"]["total_usd"])
        assert found["usage"]["total_tokens"] == 66
        assert found["tokens_without_price"] == 0

    def test_roll_ups_application_costs_and_unknown_models_are_told_apart(self, client: Client) -> None:
        number = new_number()
        own: dict[str, Any] = {names.LLM_COST: {"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}}
        send(
            client,
            a_call(number, 1),
            a_call(number, 2, parent=1),
            a_call(number, 3, **own),
            a_call(number, 4, model="ours"),
        )

        found = bill(client, number)

        root = f"{1:016x}"
        assert [(span["cost_from"], span["tokens_within"], span["cost_within"]) for span in found["spans"]] == [
            ("computed", None, None),
            ("computed", root, root),
            ("set by the application", None, None),
            ("price unknown", None, None),
        ]
        assert found["cost"]["total_usd"] == pytest.approx(0.3 + 6.3e-06)
        assert found["tokens_without_price"] == 33

    def test_what_the_application_declared_is_shown_as_declared(self, client: Client) -> None:
        number = new_number()
        send(client, a_call(number))
        declared = {"input_cost": 1.0, "output_cost": 2.0, "total_cost": 3.0}
        info = {
            "trace_id": str(trace_id(number)),
            "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": "0"}},
            "request_time": "2026-09-21T14:13:20Z",
            "state": "OK",
            "trace_metadata": {names.TRACE_COST: str(declared).replace("'", '"')},
        }
        answer = client.post("/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}})
        assert answer.status_code == 200, answer.text

        found = bill(client, number)

        assert found["declared_cost"] == {"input_usd": 1.0, "output_usd": 2.0, "total_usd": 3.0}
        assert found["cost"] == BY_THE_LIST
        assert client.get(f"/api/v1/traces/{trace_id(number)}").json()["trace"]["cost"]["total_usd"] == 3.0

    def test_a_whole_span_tells_its_price(self, client: Client) -> None:
        number = new_number()
        send(client, a_call(number))

        [span] = client.get(f"/api/v1/traces/{trace_id(number)}/spans", params={"id": f"{1:016x}"}).json()

        assert span["cost"] == BY_THE_LIST
        assert span["price"]["usd_per_million"] == {"input": 0.15, "output": 0.6}

    def test_a_trace_without_tokens_has_an_empty_bill(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(trace=number))

        found = bill(client, number)

        assert (found["spans"], found["lines"], found["usage"], found["cost"]) == ([], [], None, None)

    def test_a_trace_that_is_not_there_is_told(self, client: Client) -> None:
        assert client.get(f"/api/v1/traces/{trace_id(2**90)}/cost").status_code == 404


class TestPrices:
    def test_a_price_holds_at_once_and_only_in_its_experiment(self, client: Client) -> None:
        ours, others, number = an_experiment(client), an_experiment(client), new_number() * 10
        send(client, a_call(number), experiment=ours)
        set_price(client, ours, note="contract of 2026")
        send(client, a_call(number + 1), experiment=ours)
        send(client, a_call(number + 2), experiment=others)

        before, after, elsewhere = (bill(client, number + offset)["spans"][0] for offset in range(3))

        assert before["cost"] == elsewhere["cost"] == BY_THE_LIST
        assert (after["cost"], after["price_source"]) == (BY_OURSELVES, "override")

    def test_prices_are_listed_replaced_and_forgotten(self, client: Client) -> None:
        experiment = an_experiment(client)
        path = f"/api/v1/experiments/{experiment}/prices"
        set_price(client, experiment)
        set_price(client, experiment, input=5, cache_read=0.5, note="better")
        set_price(client, experiment, from_ms=NOW_MS, provider="azure")

        listed = client.get(path).json()["prices"]
        assert [(price["from_ms"], price["provider"], price["input"]) for price in listed] == [
            (0, "", 5.0),
            (NOW_MS, "azure", 1000.0),
        ]
        assert (listed[0]["cache_read"], listed[0]["cache_write"], listed[0]["note"]) == (0.5, None, "better")
        rest = client.delete(path, params={"model": "gpt-4o-mini", "provider": "azure"}).json()["prices"]
        assert rest == listed[:1]
        assert client.delete(path).json() == {"prices": []}

    @pytest.mark.parametrize(
        "price",
        [
            {"model": ""},
            {"input": -1},
            {"input": None},
            {"input": 1e7},
            {"images": 5},
            {"model": "*a*b*c*d*"},
            {"from_ms": -1},
            {"from_ms": NOW_MS * 1000},  # microseconds
        ],
    )
    def test_a_price_that_makes_no_sense_is_a_problem(self, client: Client, price: dict[str, Any]) -> None:
        body = {"model": "gpt-4o-mini", **DEAR, **price}

        answer = client.request("PUT", "/api/v1/experiments/0/prices", json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

    @pytest.mark.parametrize(("method", "path"), [("GET", "prices"), ("DELETE", "prices"), ("POST", "repricing")])
    def test_an_experiment_that_is_not_there_is_told(self, client: Client, method: str, path: str) -> None:
        answer = client.request(method, f"/api/v1/experiments/99999999/{path}", json={})

        assert answer.status_code == 404


class TestRepricing:
    def test_costs_of_an_experiment_are_computed_anew(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number() * 10
        for offset in range(3):
            send(client, a_call(number + offset), experiment=experiment)
        since = client.get("/api/v1/traces/changes", params={"limit": 1000}).json()["last_change"]
        set_price(client, experiment)

        asked = client.post(f"/api/v1/experiments/{experiment}/repricing", json={})
        job = finished(client, asked.json())

        assert (job["state"], job["total"], job["done"], job["changed"], job["error"]) == ("done", 3, 3, 3, "")
        assert bill(client, number)["cost"] == BY_OURSELVES
        changed = client.get("/api/v1/traces/changes", params={"since": since, "experiment_id": experiment}).json()
        assert len(changed["traces"]) == 3
        assert job in client.get("/api/v1/jobs", params={"experiment_id": experiment}).json()["jobs"]

    def test_only_a_range_of_time_may_be_asked_for(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number()
        send(client, a_call(number), experiment=experiment)
        set_price(client, experiment)
        path = f"/api/v1/experiments/{experiment}/repricing"

        job = finished(client, client.post(path, json={"start_ms": NOW_MS + 1, "end_ms": NOW_MS + 2}).json())
        wrong = client.post(path, json={"start_ms": 5, "end_ms": 5})

        assert (job["total"], job["changed"]) == (0, 0)
        assert bill(client, number)["cost"] == BY_THE_LIST
        assert wrong.status_code == 400

    def test_a_job_that_has_ended_cannot_be_cancelled_any_more(self, client: Client) -> None:
        experiment = an_experiment(client)
        job = finished(client, client.post(f"/api/v1/experiments/{experiment}/repricing", json={}).json())

        assert client.delete(f"/api/v1/jobs/{job['job_id']}").json()["state"] == "done"

    def test_a_job_that_is_not_there_is_told(self, client: Client) -> None:
        assert client.get("/api/v1/jobs/none").status_code == client.delete("/api/v1/jobs/none").status_code == 404
