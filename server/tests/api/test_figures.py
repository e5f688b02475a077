"""Figures over the native API and as MLflow asks for them."""

from collections.abc import Mapping
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from trilha import names
from trilha_server.domain.span import AttributeValue

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, SECOND_NS, START_NS, a_span
from server.tests.support.wire import an_experiment, new_number, send

HOUR_MS = 3_600_000
NS_PER_MS = 1_000_000
FIRST_HOUR_MS = NOW_MS // HOUR_MS * HOUR_MS
PERCENTILE_ERROR = 0.05
_Json = dict[str, Any]  # Any: JSON


def a_call(
    client: Client,
    experiment: str,
    *,
    after_ms: int = 0,
    lasts_ms: int = 100,
    failed: bool = False,
    tokens: int | None = None,
    attributes: Mapping[str, AttributeValue] = {},
) -> str:
    """Send a trace of an agent that calls one model; returns its id."""
    number = new_number()
    start_ns = (FIRST_HOUR_MS + after_ms) * NS_PER_MS
    end_ns = start_ns + lasts_ms * NS_PER_MS
    status = Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_OK
    root = a_span(
        1, trace=number, name="agent", start_ns=start_ns, end_ns=end_ns, status=status, attributes=dict(attributes)
    )
    usage: dict[str, AttributeValue] = {}
    if tokens is not None:
        usage = {names.CHAT_TOKEN_USAGE: f'{{"input_tokens": {tokens}, "output_tokens": 1}}'}
    model = a_span(
        2,
        trace=number,
        parent=1,
        name="model",
        start_ns=start_ns,
        end_ns=end_ns,
        attributes={names.SPAN_TYPE: '"LLM"', "gen_ai.request.model": "no-such-model", **usage},
    )
    answer = send(client, root, model, experiment=experiment)
    assert answer.status_code == 200
    return f"tr-{number:032x}"


def tagged(client: Client, trace_id: str, **tags: str) -> None:
    assert client.patch(f"/api/v1/traces/{trace_id}/tags", json={"tags": tags}).status_code == 200


def figures(client: Client, experiment: str, what: str = "traces", **asked: Any) -> _Json:  # Any: JSON
    answer = client.post(f"/api/v1/figures/{what}", json={"experiment_ids": [experiment], **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def experiment(client: Client) -> str:
    """Six traces in three hours, one hour of them empty."""
    experiment = an_experiment(client)
    trace_id = ""
    for number, after_ms in enumerate((0, 1000, 2000, 2 * HOUR_MS, 2 * HOUR_MS, 2 * HOUR_MS)):
        trace_id = a_call(
            client,
            experiment,
            after_ms=after_ms,
            lasts_ms=100 * (number + 1),
            failed=number == 5,
            tokens=10 * number if number % 2 else None,
        )
        tagged(client, trace_id, env="staging" if number < 2 else "production", **{"a key": "x"})
    for value in (True, "yes", 0.5):
        body = {"name": "quality", "kind": "feedback", "value": value}
        assert client.post(f"/api/v1/traces/{trace_id}/assessments", json=body).status_code == 200
    return experiment


class TestTraces:
    def test_all_together_are_one_group(self, client: Client, experiment: str) -> None:
        answer = figures(client, experiment)
        assert (answer["group_by"], answer["bucket_ms"], answer["is_complete"]) == ([], None, True)
        [row] = answer["rows"]
        assert (row["group"], row["bucket_start_ms"]) == ({}, None)
        assert (row["traces"], row["errors"], row["error_rate"]) == (6, 1, pytest.approx(1 / 6))
        duration = row["duration_ms"]
        assert (duration["count"], duration["mean"]) == (6, pytest.approx(350))
        expected = {"p50": 350, "p90": 550, "p95": 575, "p99": 595}
        assert duration["percentiles"] == pytest.approx(expected, rel=PERCENTILE_ERROR)
        assert row["tokens"]["input_tokens"] == 10 + 30 + 50
        assert row["traces_with_usage"] == 3
        assert row["assessments"] is None

    def test_a_cost_that_nobody_knows_is_not_zero(self, client: Client, experiment: str) -> None:
        [row] = figures(client, experiment)["rows"]
        assert (row["cost_usd"], row["traces_with_cost"]) == (None, 0)

    def test_tokens_that_nobody_counted_are_not_zero(self, client: Client, experiment: str) -> None:
        [row] = figures(client, experiment, filter="tokens.total IS NULL")["rows"]
        assert (row["tokens"], row["traces_with_usage"]) == (None, 0)

    def test_groups_come_the_largest_first_by_the_names_asked_for(self, client: Client, experiment: str) -> None:
        answer = figures(client, experiment, group_by=["tag.env", "status"])
        assert answer["group_by"] == ["tags.env", "status"]
        assert [(*row["group"].values(), row["traces"]) for row in answer["rows"]] == [
            ("production", "OK", 3),
            ("staging", "OK", 2),
            ("production", "ERROR", 1),
        ]

    def test_a_key_in_backticks_and_a_model_group_too(self, client: Client, experiment: str) -> None:
        answer = figures(client, experiment, group_by=["tags.`a key`", "model"])
        assert [row["group"] for row in answer["rows"]] == [{"tags.`a key`": "x", "model": "no-such-model"}]

    def test_fewer_groups_than_there_are_say_so(self, client: Client, experiment: str) -> None:
        answer = figures(client, experiment, group_by=["tags.env"], limit=1)
        assert [row["group"] for row in answer["rows"]] == [{"tags.env": "production"}]
        assert answer["is_complete"] is False

    def test_time_steps_are_in_order_and_empty_ones_left_out(self, client: Client, experiment: str) -> None:
        end_ms = FIRST_HOUR_MS + 3 * HOUR_MS
        answer = figures(client, experiment, bucket="1h", start_ms=FIRST_HOUR_MS, end_ms=end_ms)
        assert answer["bucket_ms"] == HOUR_MS
        assert [(row["bucket_start_ms"], row["traces"]) for row in answer["rows"]] == [
            (FIRST_HOUR_MS, 3),
            (FIRST_HOUR_MS + 2 * HOUR_MS, 3),
        ]

    def test_a_filter_and_a_time_choose_traces(self, client: Client, experiment: str) -> None:
        [row] = figures(client, experiment, filter="tags.env = 'production'", end_ms=FIRST_HOUR_MS + HOUR_MS)["rows"]
        assert row["traces"] == 1
        assert figures(client, experiment, filter="tags.env = 'nowhere'")["rows"] == []

    def test_percentiles_are_those_asked_for(self, client: Client, experiment: str) -> None:
        [row] = figures(client, experiment, percentiles=[0, 12.5, 100])["rows"]
        assert list(row["duration_ms"]["percentiles"]) == ["p0", "p12.5", "p100"]

    def test_what_was_said_is_scored_and_counted(self, client: Client, experiment: str) -> None:
        [row] = figures(client, experiment, assessments=True)["rows"]
        [said] = row["assessments"]
        assert (said["name"], said["kind"], said["count"]) == ("quality", "feedback", 3)
        assert said["score"]["mean"] == pytest.approx(2.5 / 3)
        assert said["values"] == {"true": 1, '"yes"': 1, "0.5": 1}


class TestSpans:
    def test_spans_group_by_their_own_names(self, client: Client, experiment: str) -> None:
        answer = figures(client, experiment, "spans", group_by=["name", "span.status"])
        assert answer["group_by"] == ["name", "status"]
        found = {tuple(row["group"].values()): (row["spans"], row["errors"]) for row in answer["rows"]}
        assert found == {("agent", "OK"): (5, 0), ("agent", "ERROR"): (1, 1), ("model", "UNSET"): (6, 0)}

    def test_where_is_about_spans_and_filter_about_their_traces(self, client: Client, experiment: str) -> None:
        where = {"type": "LLM", "model": "no-such-model"}
        [row] = figures(client, experiment, "spans", where=where, filter="tags.env = 'staging'")["rows"]
        assert (row["spans"], row["tokens"]["input_tokens"], row["cost_usd"]) == (2, 10, None)
        assert row["duration_ms"]["mean"] == pytest.approx(150)


def test_a_version_is_one_group_whether_traces_give_its_id_or_its_name(client: Client) -> None:
    experiment = an_experiment(client)
    made = client.post("/api/v1/versions", json={"experiment_id": experiment, "name": "agent v2"})
    version_id = made.json()["version"]["version_id"]
    for version in (version_id, "agent v2", "v0"):
        tagged(client, a_call(client, experiment), **{names.MODEL_ID: version})
    rows = figures(client, experiment, group_by=["version"])["rows"]
    assert [(row["group"]["version"], row["traces"]) for row in rows] == [("agent v2", 2), ("v0", 1)]


@pytest.mark.parametrize(
    ("what", "asked", "complaint"),
    [
        ("traces", {"group_by": ["verson"]}, "did you mean 'version'"),
        ("traces", {"group_by": ["tags"]}, "write tags.<key>"),
        ("traces", {"filter": "nme = 'x'"}, "did you mean 'name'"),
        ("traces", {"bucket": "1h"}, "give start_ms and end_ms"),
        ("traces", {"bucket": "soon", "start_ms": 0, "end_ms": 1}, "such as '15m'"),
        ("traces", {"bucket": 1, "start_ms": 0, "end_ms": NOW_MS}, "take a longer bucket"),
        ("traces", {"percentiles": [101]}, "less than or equal to 100"),
        ("traces", {"limit": 0}, "greater than or equal to 1"),
        ("traces", {"surprise": 1}, "Extra inputs"),
        ("spans", {"group_by": ["tags.env"]}, "spans have no 'tags.env'"),
        ("spans", {"where": {"nme": "x"}}, "did you mean 'name'"),
    ],
)
def test_what_cannot_be_answered_is_explained(client: Client, what: str, asked: _Json, complaint: str) -> None:
    answer = client.post(f"/api/v1/figures/{what}", json={"experiment_ids": ["0"], **asked})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert complaint in answer.json()["detail"]


class TestMlflow:
    """What MLflow's own client sees is in tests/test_mlflow_metrics.py."""

    def ask(self, client: Client, **asked: Any) -> Any:  # Any: JSON
        body = {"view_type": "TRACES", "metric_name": "trace_count", "aggregations": [{"aggregation_type": "COUNT"}]}
        return client.post("/api/3.0/mlflow/traces/metrics", json={"experiment_ids": ["0"], **body, **asked})

    def test_a_point_has_the_names_of_the_protocol(self, client: Client, experiment: str) -> None:
        answer = self.ask(client, experiment_ids=[experiment], dimensions=["trace_status"], max_results="1")
        assert answer.status_code == 200
        body = answer.json()
        assert body["data_points"] == [
            {"metric_name": "trace_count", "dimensions": {"trace_status": "ERROR"}, "values": {"COUNT": 1}}
        ]
        token = body["next_page_token"]
        rest = self.ask(client, experiment_ids=[experiment], dimensions=["trace_status"], page_token=token).json()
        assert [point["values"] for point in rest["data_points"]] == [{"COUNT": 5}]
        assert "next_page_token" not in rest

    def test_filters_may_name_two_things_and_contradict_each_other(self, client: Client, experiment: str) -> None:
        def counted(*filters: str) -> list[_Json]:
            answer = self.ask(
                client,
                experiment_ids=[experiment],
                view_type="SPANS",
                metric_name="span_count",
                filters=list(filters),
            )
            assert answer.status_code == 200, answer.text
            return [point["values"] for point in answer.json()["data_points"]]

        assert counted("span.name = 'agent'", "trace.tag.env = 'staging'") == [{"COUNT": 2}]
        assert counted("span.name = 'agent'", 'trace.tag.`a key` = "x"') == [{"COUNT": 6}]
        assert counted("span.name = 'agent'", "span.name = 'model'") == [{"COUNT": 0}]

    def test_percentiles_of_different_assessments_are_not_mixed(self, client: Client) -> None:
        own = an_experiment(client)
        trace_id = a_call(client, own)
        asked: _Json = {"view_type": "ASSESSMENTS", "metric_name": "assessment_value", "experiment_ids": [own]}
        asked["aggregations"] = [{"aggregation_type": "PERCENTILE", "percentile_value": 50}]
        for name, value in (("quality", 1), ("length", 400)):
            body = {"name": name, "kind": "feedback", "value": value}
            assert client.post(f"/api/v1/traces/{trace_id}/assessments", json=body).status_code == 200

        refused = self.ask(client, **asked)
        of_one = self.ask(client, **asked, filters=["assessment.name = 'length'"])
        by_name = self.ask(client, **asked, dimensions=["assessment_name"])

        assert refused.status_code == 400
        assert "one name" in refused.json()["message"]
        assert [point["values"] for point in of_one.json()["data_points"]] == [{"P50.0": 400}]
        assert sorted(point["values"]["P50.0"] for point in by_name.json()["data_points"]) == [1, 400]

    @pytest.mark.parametrize(
        ("asked", "complaint"),
        [
            ({"view_type": "TREES"}, "view_type must be one of"),
            ({"aggregations": []}, "aggregations"),
            ({"aggregations": [{"aggregation_type": "COUNT", "percentile_value": 1}]}, "goes with PERCENTILE"),
            ({"metric_name": "latency", "aggregations": [{"aggregation_type": "PERCENTILE"}]}, "goes with PERCENTILE"),
            (
                {
                    "metric_name": "latency",
                    "aggregations": [{"aggregation_type": "PERCENTILE", "percentile_value": 101}],
                },
                "from 0 to 100",
            ),
            ({"filters": ["trace.status = 'OK' AND trace.status = 'OK'"]}, "expected one filter clause"),
            ({"filters": ["trace.status = OK"]}, "quoted value"),
            ({"filters": ["trace.status.x = 'OK'"]}, "does not take a key"),
            ({"filters": ["trac.status = 'OK'"]}, "did you mean 'trace'"),
            ({"filters": ["trace.stats = 'OK'"]}, "did you mean 'status'"),
            ({"filters": ["("]}, "invalid filter '('"),
            ({"filters": [""]}, "invalid filter"),
            ({"page_token": "nonsense"}, "page token"),
            ({"max_results": 0}, "max_results"),
            ({"time_interval_seconds": -1, "start_time_ms": 0, "end_time_ms": 1}, "positive"),
            ({"time_interval_seconds": 2**60, "start_time_ms": 0, "end_time_ms": 1}, "ten years"),
            ({"experiment_ids": ["x"]}, "experiment"),
        ],
    )
    def test_what_cannot_be_answered_is_refused(self, client: Client, asked: _Json, complaint: str) -> None:
        answer = self.ask(client, **asked)
        assert answer.status_code == 400, answer.text
        assert answer.json()["error_code"] == "INVALID_PARAMETER_VALUE"
        assert complaint in answer.json()["message"]

    def test_times_beyond_the_calendar_are_answered(self, client: Client) -> None:
        experiment = an_experiment(client)
        last_ns = 2**63 - 1
        send(client, a_span(trace=new_number(), start_ns=last_ns, end_ns=last_ns), experiment=experiment)
        times = {"start_time_ms": -(2**63), "end_time_ms": 2**63 - 1, "time_interval_seconds": 86_400}
        [point] = self.ask(client, experiment_ids=[experiment], **times).json()["data_points"]
        assert point["dimensions"]["time_bucket"].startswith("2262-04-11")

    def test_how_much_filters_go_together_is_of_all_traces(self, client: Client, experiment: str) -> None:
        body = {"experiment_ids": [experiment], "filter_string1": "status = 'ERROR'"}
        answer = client.post(
            "/api/3.0/mlflow/traces/calculate-filter-correlation",
            json={**body, "filter_string2": "tags.env = 'staging'", "base_filter": "name = 'agent'"},
        )
        counts = {"filter1_count": 1, "filter2_count": 2, "joint_count": 0, "total_count": 6}
        assert counts.items() <= answer.json().items()
        assert answer.json()["npmi"] == -1

        nothing = client.post(
            "/api/3.0/mlflow/traces/calculate-filter-correlation", json={**body, "filter_string2": "name = 'x'"}
        )
        assert "npmi" not in nothing.json()

    def test_two_filters_of_spans_need_not_hold_for_one_span(self, client: Client) -> None:
        experiment, number = an_experiment(client), new_number()
        steps = [a_span(2, trace=number, parent=1, name="retrieve"), a_span(3, trace=number, parent=1, name="rerank")]
        send(client, a_span(1, trace=number), *steps, experiment=experiment)
        filters = {"filter_string1": "span.name = 'retrieve'", "filter_string2": "span.name = 'rerank'"}
        answer = client.post(
            "/api/3.0/mlflow/traces/calculate-filter-correlation", json={"experiment_ids": [experiment], **filters}
        )
        assert answer.json()["joint_count"] == 1


def test_the_first_span_counts_in_the_time_it_began(client: Client) -> None:
    experiment = an_experiment(client)
    send(client, a_span(trace=new_number(), start_ns=START_NS, end_ns=START_NS + SECOND_NS), experiment=experiment)
    times: dict[str, Any] = {"start_ms": NOW_MS, "end_ms": NOW_MS + 1}  # Any: JSON
    [row] = figures(client, experiment, "spans", bucket="1s", **times)["rows"]
    assert (row["bucket_start_ms"], row["spans"]) == (NOW_MS // 1000 * 1000, 1)
