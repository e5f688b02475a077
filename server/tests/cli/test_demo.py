"""`trilha demo`."""

import json
from itertools import islice
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from trilha_server.cli.demo import fill, send
from trilha_server.cli.reach import NoServer
from trilha_server.demo.agent import play
from trilha_server.demo.judgement import judgements
from trilha_server.demo.story import Fault, Turn, load_languages, tell
from trilha_server.demo.week import UNTIL_TAG

pytestmark = pytest.mark.slow

NOW_MS = 1_795_266_000_000  # 21 November 2026, 13:00 UTC
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
NAME = "/Shared/demonstração"
TURNS = list(islice(tell("seed", NOW_MS), 2000))


def turns(count: int, seed: str = "seed") -> list[Turn]:
    return list(islice(tell(seed, NOW_MS), count))


def everything(client: httpx.Client, experiment_id: str) -> list[dict[str, Any]]:
    """All traces with their spans and assessments, without what counts the changes."""
    found: list[dict[str, Any]] = []
    body: dict[str, Any] = {"experiment_ids": [experiment_id], "max_results": 500}
    for trace in client.post("/api/v1/traces/search", json=body).json()["traces"]:
        whole = client.get(f"/api/v1/traces/{trace['trace_id']}").json()
        del whole["trace"]["change"]
        found.append(whole)
    return found


def test_the_same_seed_tells_the_same_story() -> None:
    assert turns(200) == TURNS[:200]
    assert turns(20, "another") != TURNS[:20]


def test_a_turn_is_played_the_same_way_each_time() -> None:
    assert play(TURNS[3]) == play(TURNS[3])


def test_every_trace_has_an_id_of_its_own() -> None:
    assert len({play(turn).trace_id for turn in TURNS[:300]}) == 300


def test_all_happens_in_the_week_before_now() -> None:
    assert all(NOW_MS - WEEK_MS <= turn.start_ms < NOW_MS for turn in TURNS)


def test_one_trace_alone_is_still_running() -> None:
    assert [turn.fault for turn in TURNS].count(Fault.RUNNING) == 1
    assert TURNS[0].fault is Fault.RUNNING


def test_sessions_have_up_to_six_turns_of_one_user() -> None:
    sessions: dict[str, list[Turn]] = {}
    for turn in TURNS[:-6]:
        sessions.setdefault(turn.session_id, []).append(turn)
    assert {len(session) for session in sessions.values()} == {1, 2, 3, 4, 5, 6}
    assert all(len({turn.user for turn in session}) == 1 for session in sessions.values())


def test_a_later_turn_knows_what_was_said_before() -> None:
    later = next(turn for turn in TURNS if len(turn.history) == 2)
    chat = next(span for span in reversed(play(later).spans) if span.name == "chat_completion")
    inputs = next(item.value.string_value for item in chat.attributes if item.key == "mlflow.spanInputs")
    said = [message["content"] for message in json.loads(inputs)["messages"]]
    assert [text for pair in later.history for text in pair] == [
        text for text in said if text in sum(later.history, ())
    ]


def test_four_languages_three_versions_and_some_dozens_of_users_take_part() -> None:
    week = TURNS[:300]
    assert {turn.language for turn in week} == {"pt", "es", "en", "zh"}
    assert {turn.version.model_id for turn in week} == {
        "customer_support_agent-v1.0.0",
        "customer_support_agent-v1.1.0",
        "customer_support_agent-v1.2.0",
    }
    assert 24 <= len({turn.user for turn in week}) <= 60


def test_the_second_version_is_slower_and_fails_more() -> None:
    played = [play(turn) for turn in TURNS[1:]]

    def of(number: str) -> tuple[float, float]:
        mine = [one for one in played if one.turn.version.number == number]
        failed = sum(one.state == "ERROR" for one in mine) / len(mine)
        return sorted(one.duration_ms or 0 for one in mine)[len(mine) // 2], failed

    (first_ms, first_failed), (second_ms, second_failed), (third_ms, third_failed) = map(
        of, ("1.0.0", "1.1.0", "1.2.0")
    )
    assert second_ms > 1.5 * first_ms > third_ms
    assert second_failed > 1.5 * max(first_failed, third_failed)


@pytest.mark.parametrize(
    ("fault", "exception"),
    [(Fault.TIMEOUT, "httpx.ReadTimeout"), (Fault.RATE_LIMIT, "openai.RateLimitError")],
)
def test_a_failed_turn_ends_with_an_exception_and_its_stack(fault: Fault, exception: str) -> None:
    played = play(next(turn for turn in TURNS if turn.fault is fault))
    root = played.spans[-1]
    (event,) = root.events
    recorded = {item.key: item.value.string_value for item in event.attributes}
    assert played.state == "ERROR"
    assert recorded["exception.type"] == exception
    assert recorded["exception.stacktrace"].startswith("Traceback (most recent call last):")


def test_a_step_that_is_tried_again_fails_under_a_root_that_does_not() -> None:
    for turn in [turn for turn in TURNS if turn.fault is Fault.HANDLED]:
        played = play(turn)
        assert played.state == "OK"
        assert [span.status.code for span in played.spans].count(Status.STATUS_CODE_ERROR) == 1


def test_people_code_and_judges_assess() -> None:
    found = [item for turn in TURNS for item in judgements(play(turn), load_languages()[turn.language])]
    feedback = {item["source"]["source_type"] for item in found if "feedback" in item}
    assert feedback == {"HUMAN", "CODE", "LLM_JUDGE"}
    assert any("expectation" in item for item in found)
    assert any("error" in item.get("feedback", {}) for item in found)
    assert any(item.get("valid") is False for item in found)


def test_sending_again_the_same_day_changes_nothing(client: httpx.Client) -> None:
    experiment_id, _ = send(client, NAME, 40, NOW_MS)
    before = everything(client, experiment_id)
    assert send(client, NAME, 40, NOW_MS + 3_600_000)[0] == experiment_id
    assert everything(client, experiment_id) == before
    assert len(before) == 40


def test_another_day_brings_another_week(client: httpx.Client) -> None:
    experiment_id, _ = send(client, NAME, 10, NOW_MS)
    send(client, NAME, 10, NOW_MS + DAY_MS)
    assert len(everything(client, experiment_id)) == 20
    experiment = client.get("/api/2.0/mlflow/experiments/get", params={"experiment_id": experiment_id}).json()
    assert experiment["experiment"]["tags"] == [{"key": UNTIL_TAG, "value": str(NOW_MS + DAY_MS)}]


def test_every_span_is_kept_and_the_trace_adds_them_up(client: httpx.Client) -> None:
    experiment_id, spans = send(client, NAME, 30, NOW_MS)
    traces = everything(client, experiment_id)
    assert sum(trace["total_spans"] for trace in traces) == spans
    done = [trace["trace"] for trace in traces if trace["trace"]["state"] == "OK"]
    assert all(trace["usage"]["total_tokens"] > 0 and trace["cost"]["total_usd"] > 0 for trace in done)
    assert all(trace["response_preview"] for trace in done)
    assert [trace["trace"]["state"] for trace in traces].count("IN_PROGRESS") == 1


def test_at_the_end_it_says_where_to_look(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    fill(url, NAME, 3)
    shown = capsys.readouterr().out
    assert shown.startswith("3 traces with ")
    assert f"are in the experiment {NAME} (id 1)" in shown


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://127.0.0.1:9", "no server answers; start one with 'trilha server'"),
        ("127.0.0.1:5000", "no address of a server"),
        ("http://127.0.0.1:http", "no address of a server"),
    ],
)
def test_without_a_server_it_says_so(address: str, words: str) -> None:
    with pytest.raises(NoServer, match=words):
        fill(address, NAME, 3)
