"""What a filter may name, and how many traces have which values, over the native API."""

from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from trilha import names
from trilha_server.domain.filter import Attribute
from trilha_server.search.parse import parse_field
from trilha_server.search.printing import print_field

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, NS_PER_MS, START_NS, a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

TRACES = 12
_Json = dict[str, Any]  # Any: JSON


@pytest.fixture(scope="module")
def experiment(client: Client) -> str:
    """Twelve traces: a quarter failed, a third is in staging, half of them call a tool."""
    experiment = an_experiment(client)
    for n in range(TRACES):
        number = new_number()
        env = "staging" if n % 3 == 0 else "production"
        attributes = {
            "mlflow.traceTag.environment": env,
            "mlflow.traceTag.my key": str(n),
            "user.id": f"user {n % 2}",
        }
        status = Status.STATUS_CODE_ERROR if n % 4 == 0 else Status.STATUS_CODE_OK
        start_ns = START_NS + n * 1000 * NS_PER_MS
        spans = [
            a_span(1, trace=number, name="bot", start_ns=start_ns, status=status, attributes=attributes),
            a_span(
                2,
                trace=number,
                parent=1,
                start_ns=start_ns,
                attributes={names.SPAN_TYPE: "CHAT_MODEL", names.LLM_MODEL: f"model {n % 2}", "temperature": 0.5},
            ),
        ]
        if n % 2:
            spans.append(
                a_span(3, trace=number, parent=1, name="find", start_ns=start_ns, attributes={names.SPAN_TYPE: "TOOL"})
            )
        send(client, *spans, experiment=experiment)
        if n < 3:
            path = f"/api/v1/traces/{trace_id(number)}/assessments"
            client.post(path, json={"name": "score", "value": n / 2})
            client.post(path, json={"name": "answer", "kind": "expectation", "value": "42"})
    return experiment


def fields(client: Client, experiment: str) -> dict[str, _Json]:
    answer = client.get("/api/v1/fields", params={"experiment_id": experiment})
    assert answer.status_code == 200, answer.text
    assert answer.json()["counted_traces"] == TRACES
    return {field["field"]: field for field in answer.json()["fields"]}


def values(client: Client, experiment: str, field: str, **query: Any) -> _Json:
    answer = client.get("/api/v1/values", params={"experiment_id": experiment, "field": field, **query})
    assert answer.status_code == 200, answer.text
    return answer.json()


def facets(client: Client, experiment: str, **asked: Any) -> dict[str, _Json]:
    answer = client.post("/api/v1/facets", json={"experiment_ids": [experiment], **asked})
    assert answer.status_code == 200, answer.text
    return {facet["field"]: facet for facet in answer.json()["facets"]}


def counts(facet: _Json) -> dict[str, int]:
    return {value["value"]: value["traces"] for value in facet["values"]}


class TestFields:
    def test_all_that_the_language_and_the_traces_name_is_listed(self, client: Client, experiment: str) -> None:
        found = fields(client, experiment)

        own = {print_field(parse_field("trace.text" if one == "text" else one.value)) for one in Attribute}
        assert own <= found.keys()
        assert {
            name: (found[name]["kind"], found[name]["group"], found[name]["traces"])
            for name in (
                *("timestamp_ms", "tokens.total", "status", "user", "tags.environment", "tags.`my key`", "span.model"),
                *("feedback.score", "expectation.answer", "span.attributes.temperature", "trace.text", "session"),
            )
        } == {
            "timestamp_ms": ("time", "trace", TRACES),
            "tokens.total": ("number", "trace", 0),
            "status": ("text", "trace", TRACES),
            "user": ("text", "trace", TRACES),
            "tags.environment": ("text", "tags", TRACES),
            "tags.`my key`": ("text", "tags", TRACES),
            "span.model": ("text", "spans", TRACES),
            "feedback.score": ("number", "feedback", 3),
            "expectation.answer": ("text", "expectations", 3),
            "span.attributes.temperature": ("text", "attributes", None),
            "trace.text": ("text", "trace", None),
            "session": ("text", "trace", 0),
        }
        assert found["trace.text"]["operators"] == ["LIKE", "ILIKE"]
        assert "IS NULL" in found["tags.environment"]["operators"]

    def test_every_field_is_one_that_a_filter_takes(self, client: Client, experiment: str) -> None:
        for name in fields(client, experiment):
            assert print_field(parse_field(name)) == name

    def test_an_experiment_without_traces_has_the_languages_own(self, client: Client) -> None:
        answer = client.get("/api/v1/fields", params={"experiment_id": an_experiment(client)}).json()

        assert answer["counted_traces"] == 0
        assert {field["group"] for field in answer["fields"]} == {"trace", "spans", "feedback"}


class TestValues:
    def test_values_come_with_the_most_frequent_first(self, client: Client, experiment: str) -> None:
        assert values(client, experiment, "tags.environment") == {
            "values": [{"value": "production", "traces": 8}, {"value": "staging", "traces": 4}],
            "is_complete": True,
        }
        assert values(client, experiment, "tags.`my key`", prefix="1") == {
            "values": [{"value": text, "traces": 1} for text in ("1", "10", "11")],
            "is_complete": True,
        }

    @pytest.mark.parametrize(
        ("field", "found"),
        [
            ("status", [("OK", 9), ("ERROR", 3)]),
            ("user", [("user 0", 6), ("user 1", 6)]),
            ("name", [("bot", 12)]),
            ("span.name", [("bot", 12), ("step", 12), ("find", 6)]),
            ("span.type", [("CHAT_MODEL", 12), ("UNKNOWN", 12), ("TOOL", 6)]),
            ("span.model", [("model 0", 6), ("model 1", 6)]),
            ("feedback.score", [("0.0", 1), ("0.5", 1), ("1.0", 1)]),
            ("expectation.answer", [("42", 3)]),
            ("span.attributes.temperature", [("0.5", None)]),
            ("tags.nothing", []),
        ],
    )
    def test_each_kind_of_field_has_its_values(
        self, client: Client, experiment: str, field: str, found: list[tuple[str, int | None]]
    ) -> None:
        assert [(one["value"], one["traces"]) for one in values(client, experiment, field)["values"]] == found

    @pytest.mark.parametrize("field", ["timestamp_ms", "trace.text", "span.content", "request_id"])
    def test_what_is_not_completed_by_value_has_none(self, client: Client, experiment: str, field: str) -> None:
        assert values(client, experiment, field) == {"values": [], "is_complete": False}

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"field": "nam"}, 400),
            ({"field": "name DESC"}, 400),
            ({"field": ""}, 400),
            ({}, 400),
            ({"field": "name", "limit": 0}, 400),
            ({"field": "name", "experiment_id": "99999999"}, 404),
        ],
    )
    def test_what_cannot_be_completed_is_a_problem(
        self, client: Client, experiment: str, query: _Json, status: int
    ) -> None:
        assert client.get("/api/v1/values", params={"experiment_id": experiment, **query}).status_code == status


class TestFacets:
    def test_fields_that_are_named_are_counted(self, client: Client, experiment: str) -> None:
        found = facets(client, experiment, fields=["status", "tags.environment", "span.type", "feedback.score"])

        assert list(found) == ["status", "tags.environment", "span.type", "feedback.score"]
        assert counts(found["status"]) == {"OK": 9, "ERROR": 3}
        assert counts(found["span.type"]) == {"CHAT_MODEL": 12, "UNKNOWN": 12, "TOOL": 6}
        assert (counts(found["feedback.score"]), found["feedback.score"]["without"]) == ({0.0: 1, 0.5: 1, 1.0: 1}, 9)

    def test_traces_that_match_are_counted_and_values_say_how_to_find_them(
        self, client: Client, experiment: str
    ) -> None:
        start_ms, end_ms = NOW_MS + 1000, NOW_MS + 9000
        where = {"filter": "status = 'OK'", "start_ms": start_ms, "end_ms": end_ms}
        same = f"status = 'OK' AND timestamp >= {start_ms} AND timestamp < {end_ms}"

        found = facets(client, experiment, fields=["tags.environment", "span.model"], **where)

        assert counts(found["tags.environment"]) == {"production": 4, "staging": 2}
        for facet in found.values():
            for value in facet["values"]:
                search = {"experiment_ids": [experiment], "filter": f"{value['filter']} AND {same}"}
                page = client.post("/api/v1/traces/search", json=search).json()
                assert len(page["traces"]) == value["traces"]

    def test_values_beyond_the_most_frequent_are_counted_together(self, client: Client, experiment: str) -> None:
        facet = facets(client, experiment, fields=["tags.`my key`", "session"], max_values=2)

        assert (facet["tags.`my key`"]["values"][0]["traces"], facet["tags.`my key`"]["others"]) == (1, 10)
        assert (facet["session"]["values"], facet["session"]["without"]) == ([], 12)

    def test_without_names_the_useful_ones_are_chosen(self, client: Client, experiment: str) -> None:
        found = facets(client, experiment)

        assert {"status", "name", "user", "span.model", "span.name", "tags.environment"} <= found.keys()
        assert counts(found["span.name"]) == {"find": 6}  # tools alone
        assert (found["span.name"]["only"], found["span.name"]["without"]) == ("span.type = 'TOOL'", 6)
        assert "tags.mlflow.traceName" not in found

    def test_nothing_is_counted_as_nothing(self, client: Client) -> None:
        answer = client.post("/api/v1/facets", json={"experiment_ids": [an_experiment(client)]}).json()

        assert answer == {"facets": [], "counted_traces": 0, "is_complete": True}

    @pytest.mark.parametrize(
        "asked",
        [
            {"fields": ["execution_time"]},
            {"fields": ["trace.text"]},
            {"fields": ["span.attributes.x"]},
            {"fields": ["nothing"]},
            {"filter": "nothing = 1"},
            {"max_values": 0},
            {"experiment_ids": []},
        ],
    )
    def test_what_cannot_be_counted_is_a_problem(self, client: Client, experiment: str, asked: _Json) -> None:
        answer = client.post("/api/v1/facets", json={"experiment_ids": [experiment], **asked})

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
