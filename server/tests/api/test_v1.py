"""The native API."""

from typing import Any

import pytest
from trilha import names
from trilha_server.api.v1.traces import WINDOW_SPANS

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, SECOND_NS, START_NS, a_span, span_id, trace_id
from server.tests.support.wire import an_experiment, new_number, send


def search(client: Client, experiment: str, **request: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/traces/search", json={"experiment_ids": [experiment], **request})
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids_of(page: dict[str, Any]) -> list[str]:
    return [trace["trace_id"] for trace in page["traces"]]


class TestExperiments:
    def test_one_that_was_made_is_listed(self, client: Client) -> None:
        name = f"/Shared/{new_number()}"
        made = client.post("/api/v1/experiments", json={"name": name, "tags": {"team": "a"}}).json()

        assert (made["name"], made["stage"], made["tags"]) == (name, "active", {"team": "a"})
        assert client.get(f"/api/v1/experiments/{made['experiment_id']}").json() == made
        assert made in client.get("/api/v1/experiments").json()

    @pytest.mark.parametrize(
        "body", [{}, {"name": ""}, {"name": "  "}, {"name": "n" * 501}, {"name": "Default"}, {"name": "x", "extra": 1}]
    )
    def test_what_cannot_be_made_is_a_problem(self, client: Client, body: dict[str, Any]) -> None:
        answer = client.post("/api/v1/experiments", json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")

    @pytest.mark.parametrize(("experiment", "status"), [("99999999", 404), ("abc", 400), ("9" * 30, 400)])
    def test_what_is_not_there_is_told(self, client: Client, experiment: str, status: int) -> None:
        assert client.get(f"/api/v1/experiments/{experiment}").status_code == status


class TestSearch:
    def test_pages_follow_each_other(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number() * 10
        for offset in range(5):
            send(client, a_span(trace=number + offset, start_ns=START_NS + offset * SECOND_NS), experiment=experiment)

        first = search(client, experiment, max_results=2)
        second = search(client, experiment, max_results=2, page_token=first["next_page_token"])
        third = search(client, experiment, max_results=2, page_token=second["next_page_token"])

        assert [*ids_of(first), *ids_of(second), *ids_of(third)] == [
            trace_id(number + offset) for offset in (4, 3, 2, 1, 0)
        ]
        assert third["next_page_token"] is None

    def test_a_filter_and_an_order_are_the_languages_own(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number() * 10
        for offset in range(3):
            send(client, a_span(trace=number + offset, name=f"n{offset}"), experiment=experiment)

        found = search(client, experiment, filter="name = 'n0' OR name LIKE '%2'", order_by=["name DESC"])

        assert ids_of(found) == [trace_id(number + 2), trace_id(number)]

    @pytest.mark.parametrize(
        ("request_body", "position"),
        [
            ({"filter": "nam = 'x'"}, 0),
            ({"filter": "name = 'x' AND status == 'OK'"}, 22),
            ({"filter": "name = 'x"}, 7),
            ({"order_by": ["nothing"]}, 0),
            ({"page_token": "nonsense"}, None),
            ({"max_results": 0}, None),
            ({"max_results": 501}, None),
            ({"experiment_ids": ["x"]}, None),
            ({"unknown": 1}, None),
        ],
    )
    def test_what_cannot_be_understood_is_a_problem(
        self, client: Client, request_body: dict[str, Any], position: int | None
    ) -> None:
        answer = client.post("/api/v1/traces/search", json=request_body)

        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
        assert answer.json().get("position") == position


class TestTrace:
    def test_the_outline_comes_first_a_column_a_field(self, client: Client) -> None:
        number = new_number()
        usage = {names.GEN_AI_INPUT_TOKENS: 3, names.SPAN_TYPE: "CHAT_MODEL", names.LLM_MODEL: "gpt-5"}
        send(
            client,
            a_span(1, trace=number, name="root"),
            a_span(2, trace=number, parent=1, start_ns=START_NS + 5, end_ns=None, attributes=usage),
        )
        answer = client.get(f"/api/v1/traces/{trace_id(number)}").json()

        assert (answer["total_spans"], answer["offset"], answer["next_offset"]) == (2, 0, None)
        assert answer["start_ns"] == START_NS
        assert answer["spans"] == {
            "id": [span_id(1).hex(), span_id(2).hex()],
            "parent": [None, span_id(1).hex()],
            "name": ["root", "step"],
            "type": ["UNKNOWN", "CHAT_MODEL"],
            "start_offset_ns": [0, 5],
            "duration_ns": [SECOND_NS, None],
            "status": ["UNSET", "UNSET"],
            "tokens": [None, 3],
            "cost_usd": [None, 3.75e-06],  # 3 tokens at 1.25 dollars a million
            "model": [None, "gpt-5"],
        }
        assert answer["trace"]["usage"]["total_tokens"] == 3

    def test_a_thousand_spans_take_no_more_than_120_bytes_each(self, client: Client) -> None:
        number = new_number()
        usage = {names.GEN_AI_INPUT_TOKENS: 1234, names.SPAN_TYPE: "CHAT_MODEL"}
        spans = [
            a_span(
                2**60 + n,
                trace=number,
                parent=2**60 + n // 2 if n > 1 else None,
                name="retrieve_passages",
                start_ns=START_NS + n * 7_777_777,
                attributes={**usage, names.SPAN_INPUTS: "question " * 100},
            )
            for n in range(1, 1001)
        ]
        send(client, *spans)
        whole = client.get(f"/api/v1/traces/{trace_id(number)}")

        assert whole.json()["total_spans"] == 1000
        assert len(whole.content) <= 120 * 1000

    def test_a_huge_trace_is_read_in_windows(self, client: Client) -> None:
        number, count = new_number(), WINDOW_SPANS + 500
        send(
            client, *(a_span(n, trace=number, parent=n - 1 or None, start_ns=START_NS + n) for n in range(1, count + 1))
        )
        path = f"/api/v1/traces/{trace_id(number)}"

        first = client.get(path).json()
        second = client.get(path, params={"offset": first["next_offset"]}).json()
        middle = client.get(path, params={"offset": 5000, "limit": 10}).json()

        assert (len(first["spans"]["id"]), first["next_offset"], first["total_spans"]) == (
            WINDOW_SPANS,
            WINDOW_SPANS,
            count,
        )
        assert (len(second["spans"]["id"]), second["next_offset"]) == (500, None)
        assert first["spans"]["id"] + second["spans"]["id"] == [span_id(n).hex() for n in range(1, count + 1)]
        assert middle["spans"]["id"] == first["spans"]["id"][5000:5010]
        assert client.get(path, params={"limit": WINDOW_SPANS + 1}).status_code == 400

    def test_payloads_are_read_for_the_spans_asked_for(self, client: Client) -> None:
        number = new_number()
        attributes = {
            names.SPAN_INPUTS: '{"q": [1]}',
            names.SPAN_OUTPUTS: "plain",
            "raw": b"\x00\xff",
            "nan": float("nan"),
        }
        send(client, a_span(1, trace=number), a_span(2, trace=number, parent=1, attributes=attributes))
        path = f"/api/v1/traces/{trace_id(number)}/spans"

        [span] = client.get(path, params={"id": [span_id(2).hex(), span_id(9).hex()]}).json()

        assert (span["span_id"], span["parent_id"]) == (span_id(2).hex(), span_id(1).hex())
        assert (span["inputs"], span["outputs"]) == ({"q": [1]}, "plain")
        assert (span["attributes"]["raw"], span["attributes"]["nan"]) == ("AP8=", None)

    @pytest.mark.parametrize("query", [{}, {"id": ["xyz"]}, {"id": ["0" * 16] * 101}])
    def test_payloads_must_be_asked_for_by_id(self, client: Client, query: dict[str, Any]) -> None:
        assert client.get(f"/api/v1/traces/{trace_id(1)}/spans", params=query).status_code == 400

    def test_many_are_tagged_and_deleted_at_once(self, client: Client) -> None:
        numbers = [new_number() for _ in range(4)]
        for number in numbers[:3]:
            send(client, a_span(trace=number), experiment=an_experiment(client))
        *sent, unsent = map(trace_id, numbers)

        tagged = client.post(
            "/api/v1/traces/tags", json={"trace_ids": [*sent[:2], unsent, sent[0]], "tags": {"a": "1", "b": None}}
        )
        assert sorted(tagged.json()["trace_ids"]) == sorted(sent[:2])
        of_each = [client.get(f"/api/v1/traces/{one}").json()["trace"]["tags"].get("a") for one in sent]
        assert of_each == ["1", "1", None]

        deleted = client.post("/api/v1/traces/delete", json={"trace_ids": [*sent[1:], unsent]})
        assert sorted(deleted.json()["trace_ids"]) == sorted(sent[1:])
        assert [client.get(f"/api/v1/traces/{one}").status_code for one in sent] == [200, 404, 404]

    @pytest.mark.parametrize("ids", [[], ["tr-1"], [trace_id(1)] * 501])
    def test_many_are_those_that_ids_can_name(self, client: Client, ids: list[str]) -> None:
        assert client.post("/api/v1/traces/tags", json={"trace_ids": ids, "tags": {"a": "1"}}).status_code == 400
        assert client.post("/api/v1/traces/delete", json={"trace_ids": ids}).status_code == 400

    def test_tags_are_set_and_deleted(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(trace=number))
        path = f"/api/v1/traces/{trace_id(number)}/tags"

        client.patch(path, json={"tags": {"a": "1", "b": "2"}})
        edited = client.patch(path, json={"tags": {"a": None}})

        assert edited.json()["tags"] == {names.TRACE_NAME: "step", "b": "2"}
        assert client.patch(path, json={"tags": {}}).status_code == 200
        assert client.patch(path, json={"tags": {"": "x"}}).status_code == 400

    def test_a_deleted_trace_is_gone(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(trace=number))
        path = f"/api/v1/traces/{trace_id(number)}"

        assert client.delete(path).status_code == 200
        assert [client.get(path).status_code, client.delete(path).status_code] == [404, 404]

    def test_assessments_come_with_the_trace(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(trace=number))
        path = f"/api/v1/traces/{trace_id(number)}"
        made = client.post(f"{path}/assessments", json={"name": "quality", "value": {"score": 0.5}}).json()

        assert client.get(path).json()["assessments"] == [made]
        assert (made["value"], made["source_type"], made["valid"]) == ({"score": 0.5}, "HUMAN", True)
        one = f"{path}/assessments/{made['assessment_id']}"
        assert [client.delete(one).status_code, client.delete(one).status_code] == [200, 404]
        assert client.get(path).json()["assessments"] == []

    def test_an_assessment_that_was_overridden_is_told_as_not_valid_until_the_other_goes(self, client: Client) -> None:
        number = new_number()
        send(client, a_span(trace=number))
        path = f"/api/v1/traces/{trace_id(number)}"
        judged = {"name": "correct", "value": False, "source_type": "LLM_JUDGE"}
        first = client.post(f"{path}/assessments", json=judged).json()
        override = {"name": "correct", "value": True, "overrides": first["assessment_id"], "rationale": "it is"}
        second = client.post(f"{path}/assessments", json=override).json()

        assert client.get(path).json()["assessments"] == [{**first, "valid": False}, second]
        assert (second["overrides"], second["valid"]) == (first["assessment_id"], True)
        client.delete(f"{path}/assessments/{second['assessment_id']}")
        assert client.get(path).json()["assessments"] == [first]
        unknown = client.post(f"{path}/assessments", json={**override, "overrides": "a-unknown"})
        assert (unknown.status_code, len(client.get(path).json()["assessments"])) == (404, 1)

    @pytest.mark.parametrize(
        ("method", "suffix", "body"),
        [
            ("GET", "", None),
            ("DELETE", "", None),
            ("GET", f"/spans?id={'0' * 16}", None),
            ("PATCH", "/tags", {"tags": {}}),
            ("POST", "/assessments", {"name": "x"}),
            ("DELETE", "/assessments/a-1", None),
        ],
    )
    @pytest.mark.parametrize(("trace", "status"), [("tr-" + "f" * 32, 404), ("tr-XYZ", 400), ("tr-" + "f" * 31, 400)])
    def test_what_is_not_there_is_told(
        self, client: Client, method: str, suffix: str, body: Any, trace: str, status: int
    ) -> None:
        answer = client.request(method, f"/api/v1/traces/{trace}{suffix}", json=body)

        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


class TestChanges:
    def test_everything_since_a_number_is_told_once(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number() * 10
        for offset in range(3):
            send(client, a_span(trace=number + offset), experiment=experiment)
        client.delete(f"/api/v1/traces/{trace_id(number)}")

        since = 0
        seen: list[str] = []
        while True:
            query = {"since": since, "limit": 1, "experiment_id": experiment}
            page = client.get("/api/v1/traces/changes", params=query).json()
            seen += ids_of(page) + [f"-{item['trace_id']}" for item in page["deletions"]]
            if page["last_change"] == since:
                break
            since = page["last_change"]

        assert seen == [trace_id(number + 1), trace_id(number + 2), f"-{trace_id(number)}"]


class TestIngestion:
    def test_what_arrived_is_counted_by_experiment_and_client(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number()
        for _ in range(2):
            send(client, a_span(1, trace=number), a_span(2, trace=number, parent=1), experiment=experiment)

        rows = client.get("/api/v1/ingestion").json()["counts"]
        ours = {row["outcome"]: row for row in rows if row["experiment_id"] == experiment}
        assert (ours["kept"]["requests"], ours["kept"]["spans"], ours["duplicate"]["spans"]) == (2, 2, 2)
        assert ours["kept"]["client"].startswith("tests/1")
        assert ours["kept"]["last_time_ms"] > NOW_MS // 2
