"""All traces that a filter finds, as one file."""

import csv
import io
import json
from typing import Any

import pytest
from trilha import names
from trilha_server.api.v1.export import PAGE_TRACES

from server.tests.support.client import Client
from server.tests.support.spans import NOW_MS, NS_PER_MS, START_NS, a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

TRACES = 2_000


def export(client: Client, experiment: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get("/api/v1/traces/export", params={"experiment_id": experiment, **query})
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def table(client: Client, experiment: str, **query: Any) -> list[dict[str, str]]:
    answer = client.get("/api/v1/traces/export", params={"experiment_id": experiment, "format": "csv", **query})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_all_traces_come_once_the_newest_first(client: Client) -> None:
    experiment = an_experiment(client)
    first = 5_000_000
    for start in range(0, TRACES, 500):
        spans = [
            a_span(trace=first + number, start_ns=START_NS + number * NS_PER_MS) for number in range(start, start + 500)
        ]
        send(client, *spans, experiment=experiment)

    found = export(client, experiment)

    assert TRACES > 5 * PAGE_TRACES
    assert [trace["trace_id"] for trace in found] == [trace_id(first + number) for number in reversed(range(TRACES))]
    assert [row["trace_id"] for row in table(client, experiment)] == [trace["trace_id"] for trace in found]


def test_a_line_is_the_trace_as_search_gives_it_with_its_assessments(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    send(client, a_span(trace=number, attributes={names.SPAN_INPUTS: '"¿qué?"'}), experiment=experiment)
    assessment = {"name": "fine", "value": True}
    kept = client.post(f"/api/v1/traces/{trace_id(number)}/assessments", json=assessment).json()
    [trace] = client.post("/api/v1/traces/search", json={"experiment_ids": [experiment]}).json()["traces"]

    assert export(client, experiment) == [{**trace, "assessments": [kept]}]


def test_whole_spans_come_with_their_traces_where_they_are_asked_for(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    send(client, *(a_span(1 + one, trace=number) for one in range(1_500)), experiment=experiment)
    send(client, a_span(trace=new_number(), start_ns=START_NS + 1), experiment=experiment)

    one, many = export(client, experiment, spans=True)
    ids = [span["span_id"] for span in many["spans"]]
    whole = client.get(f"/api/v1/traces/{trace_id(number)}/spans", params={"id": ids[0]}).json()

    assert len(one["spans"]) == 1
    assert sorted(ids) == [f"{1 + one:016x}" for one in range(1_500)]
    assert whole == [many["spans"][0]]


def test_only_what_the_filter_and_the_time_want_comes(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    new_number()
    for later, name in enumerate(("a", "b", "a", "a")):
        span = a_span(trace=number * 10 + later, name=name, start_ns=START_NS + later * NS_PER_MS)
        send(client, span, experiment=experiment)

    found = export(client, experiment, filter="name = 'a'", start_ms=NOW_MS + 1, end_ms=NOW_MS + 3)

    assert [trace["request_time_ms"] for trace in found] == [NOW_MS + 2]


def test_several_experiments_come_in_one_file(client: Client) -> None:
    experiments = [an_experiment(client), an_experiment(client)]
    for experiment in experiments:
        send(client, a_span(trace=new_number()), experiment=experiment)
    answer = client.get("/api/v1/traces/export", params={"experiment_id": experiments})

    assert {json.loads(line)["experiment_id"] for line in answer.text.splitlines()} == set(experiments)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_nothing_of_a_table(client: Client, text: str) -> None:
    experiment = an_experiment(client)
    send(client, a_span(trace=new_number(), name=text), experiment=experiment)
    [row] = table(client, experiment)

    assert row["name"] == f"'{text}"


def test_a_table_keeps_text_with_quotes_commas_and_lines(client: Client) -> None:
    experiment, number = an_experiment(client), new_number()
    send(client, a_span(trace=number, name='a "b", c\nd'), experiment=experiment)
    client.post(f"/api/v1/traces/{trace_id(number)}/assessments", json={"name": "fine", "value": 3})
    [row] = table(client, experiment)

    assert (row["name"], row["request_time_ms"]) == ('a "b", c\nd', str(NOW_MS))
    assert row["duration_ms"] == "1000"
    assert json.loads(row["assessments"]) == {"fine": 3}


def test_it_is_saved_as_a_file_and_not_shown(client: Client) -> None:
    answer = client.get("/api/v1/traces/export", params={"experiment_id": "0"})

    assert answer.headers["content-disposition"].startswith('attachment; filename="traces-0-')
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/x-ndjson"


def test_no_traces_are_an_empty_file_or_a_table_without_rows(client: Client) -> None:
    experiment = an_experiment(client)

    assert export(client, experiment) == []
    assert table(client, experiment) == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"experiment_id": "x"},
        {"experiment_id": "0", "filter": "nonsense ="},
        {"experiment_id": "0", "format": "xml"},
        {"experiment_id": "0", "format": "csv", "spans": "true"},
    ],
)
def test_what_cannot_be_exported_is_a_problem(client: Client, query: dict[str, str]) -> None:
    answer = client.get("/api/v1/traces/export", params=query)

    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
