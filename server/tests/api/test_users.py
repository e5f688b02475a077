"""Users of the native API."""

from typing import Any
from urllib.parse import quote

import pytest
from trilha import names

from server.tests.api.test_sessions import turn
from server.tests.support.client import Client
from server.tests.support.wire import an_experiment

USERS = "/api/v1/users"


def search(client: Client, experiment: str, **request: Any) -> dict[str, Any]:
    answer = client.post(f"{USERS}/search", json={"experiment_ids": [experiment], **request})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_users_are_found_with_what_their_traces_come_to(client: Client) -> None:
    experiment = an_experiment(client)
    traces = [
        turn(client, experiment, session, at, **{names.OTEL_USER_ID: user})
        for at, (session, user) in enumerate((("a", "ana"), ("b", "ana"), ("b", "ana"), ("c", "bob")))
    ]
    for trace, value in ((traces[0], True), (traces[1], False), (traces[2], "yes")):
        client.post(f"/api/v1/traces/{trace}/assessments", json={"name": "helpful", "value": value})

    first = search(client, experiment, max_results=1)
    second = search(client, experiment, max_results=1, page_token=first["next_page_token"])

    assert [user["user"] for user in (*first["users"], *second["users"])] == ["bob", "ana"]
    [ana] = second["users"]
    assert (ana["sessions"], ana["totals"]["traces"]) == (2, 3)
    assert ana["feedback"] == [{"name": "helpful", "count": 3, "mean": pytest.approx(2 / 3)}]
    assert ana["totals"]["last_time_ms"] == ana["totals"]["first_time_ms"] + 2000


def test_they_are_filtered_and_put_in_order(client: Client) -> None:
    experiment = an_experiment(client)
    for session, user in (("a", "ana"), ("a", "bob"), ("b", "ana"), ("c", "cy")):
        turn(client, experiment, session, 0, **{names.OTEL_USER_ID: user})

    found = search(client, experiment, filter="session = 'a'", order_by="traces")["users"]

    assert [(user["user"], user["totals"]["traces"]) for user in found] == [("ana", 2), ("bob", 1)]


@pytest.mark.parametrize("user", ["ana@example.com", "tenant/ana", "à🚂", "u" * 1000])
def test_one_is_read_by_name(client: Client, user: str) -> None:
    experiment = an_experiment(client)
    turn(client, experiment, "s", 0, **{names.OTEL_USER_ID: user})

    answer = client.get(f"{USERS}/{quote(user, safe='')}", params={"experiment_id": experiment}).json()

    assert (answer["user"], answer["sessions"]) == (user, 1)
    assert client.get(f"{USERS}/x", params={"experiment_id": experiment}).status_code == 404
