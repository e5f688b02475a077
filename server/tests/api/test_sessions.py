"""Sessions of the native API."""

from typing import Any
from urllib.parse import quote

import pytest
from trilha import names

from server.tests.support.client import Client
from server.tests.support.spans import SECOND_NS, START_NS, a_span, trace_id
from server.tests.support.wire import an_experiment, new_number, send

SESSIONS = "/api/v1/sessions"


def search(client: Client, experiment: str, **request: Any) -> dict[str, Any]:
    answer = client.post(f"{SESSIONS}/search", json={"experiment_ids": [experiment], **request})
    assert answer.status_code == 200, answer.text
    return answer.json()


def turn(client: Client, experiment: str, session: str, at: int = 0, **attributes: str) -> str:
    number = new_number()
    told = {names.OTEL_SESSION_ID: session, **attributes}
    start_ns = START_NS + at * SECOND_NS
    send(client, a_span(trace=number, start_ns=start_ns, attributes=told), experiment=experiment)
    return trace_id(number)


def test_sessions_are_found_the_last_active_first(client: Client) -> None:
    experiment = an_experiment(client)
    for at, session in enumerate(("a", "b", "c", "a")):
        turn(client, experiment, session, at)

    first = search(client, experiment, max_results=2)
    second = search(client, experiment, max_results=2, page_token=first["next_page_token"])

    assert [session["session"] for session in first["sessions"]] == ["a", "c"]
    assert [session["session"] for session in second["sessions"]] == ["b"]
    assert (second["next_page_token"], second["is_complete"]) == (None, True)
    assert first["sessions"][0]["totals"]["traces"] == 2
    assert first["sessions"][0]["experiment_id"] == experiment


def test_they_are_filtered_and_put_in_order(client: Client) -> None:
    experiment = an_experiment(client)
    for at, (session, user) in enumerate((("a", "ana"), ("b", "bob"), ("b", "ana"), ("c", "bob"))):
        turn(client, experiment, session, at, **{names.OTEL_USER_ID: user})

    by_turns = search(client, experiment, order_by="traces", filter="user = 'ana'")["sessions"]

    assert [(session["session"], session["users"]) for session in by_turns] == [("b", ["ana", "bob"]), ("a", ["ana"])]


def test_a_session_shows_the_versions_that_its_traces_mean(client: Client) -> None:
    experiment = an_experiment(client)
    body = {"experiment_id": experiment, "name": "agent"}
    version = client.post("/api/v1/versions", json=body).json()["version"]["version_id"]
    number = new_number()
    send(
        client,
        a_span(trace=number, attributes={names.OTEL_SESSION_ID: "s"}),
        experiment=experiment,
        **{names.OTEL_SERVICE_VERSION: "agent"},
    )

    [session] = search(client, experiment)["sessions"]

    assert session["versions"] == [{"version": "agent", "version_id": version, "version_name": "agent"}]


@pytest.mark.parametrize(
    "session", ["plain", "a/b/c", "/", "à bientôt 🚂", "a" * 1000, "100%", "a?b#c", "search", "a&b=c;d"]
)
def test_the_turns_of_a_session_are_read_oldest_first(client: Client, session: str) -> None:
    experiment = an_experiment(client)
    turns = [turn(client, experiment, session, at) for at in (3, 1, 2)]
    path = f"{SESSIONS}/{quote(session, safe='')}"

    first = client.get(path, params={"experiment_id": experiment, "max_results": 2})
    assert first.status_code == 200, first.text
    rest = client.get(path, params={"experiment_id": experiment, "page_token": first.json()["next_page_token"]}).json()

    read = [trace["trace_id"] for trace in (*first.json()["turns"], *rest["turns"])]
    assert read == [turns[1], turns[2], turns[0]]
    assert (first.json()["session"]["session"], rest["session"]["totals"]["traces"]) == (session, 3)
    assert rest["next_page_token"] is None


def test_what_is_not_there_is_told(client: Client) -> None:
    answer = client.get(f"{SESSIONS}/nobody", params={"experiment_id": an_experiment(client)})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "request_body",
    [
        {"filter": "nam = 'x'"},
        {"order_by": "name"},
        {"page_token": "nonsense"},
        {"page_token": "nonsense", "filter": "status = 'OK'"},
        {"page_token": "nonsense", "filter": "status = 'OK'", "order_by": "traces"},
        {"max_results": 0},
        {"max_results": 201},
        {"experiment_ids": ["x"]},
        {"unknown": 1},
    ],
)
def test_what_cannot_be_understood_is_a_problem(client: Client, request_body: dict[str, Any]) -> None:
    for path in (f"{SESSIONS}/search", "/api/v1/users/search"):
        answer = client.post(path, json=request_body)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
