"""The programs of the guide to production observability, through every door."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.doors import Door
from tests.support.guides import USUAL_DOORS, USUAL_FLAVOURS, Flavour, ServedApp, Stage, set_stage
from tests.support.mlflow_rest import attributes_of
from tests.support.once import Once
from tests.support.processes import RunningServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

JANE = "user-jane-doe-12345"
PRINTED = {
    "X-Request-ID": "req-abc-123-xyz-789",
    "X-Session-ID": "session-def-456-uvw-012",
    "X-User-ID": JANE,
}
"""The headers that the guide's curl sends."""
LONG_ID = "long-" + "x" * 250
TURNS = [{"X-Request-ID": f"req-turn-{n}", "X-Session-ID": "session-123", "X-User-ID": JANE} for n in range(3)]
CROWD = [
    {"X-Request-ID": f"req-c{n}", "X-Session-ID": f"session-c{n % 5}", "X-User-ID": f"user-c{n}"} for n in range(20)
]
ALL_SENT = 27
DEPLOYED = {"APP_VERSION": "2.1.0", "DEPLOYMENT_ID": "deploy-abc-123"}


def say(app: ServedApp, message: str, headers: Mapping[str, str]) -> str:
    answer = app.http.post("/chat", json={"message": message}, headers=headers)
    return answer.raise_for_status().json()["response"]


@dataclass(frozen=True, kw_only=True)
class Chat:
    """A chat that has been used and has ended."""

    stage: Stage
    answers: list[str]

    def info(self, request_id: str) -> Any:  # Any: JSON
        """Read the trace of a request, found as the guide finds it."""
        (info,) = self.infos(f"attributes.client_request_id = '{request_id}'")
        return info

    def infos(self, filter_string: str) -> list[Any]:  # Any: JSON
        """Find traces."""
        with self.stage.read() as rest:
            return rest.search(filter=filter_string).get("traces", [])

    def request_ids(self, filter_string: str) -> list[str | None]:
        """Find traces and name the requests that they are of."""
        return sorted((info.get("client_request_id") for info in self.infos(filter_string)), key=str)


def talk(stage: Stage) -> Chat:
    """Use the chat as the guide does and as its users do, then end it as a deployment ends it."""
    with stage.serve("production/chat_app.py", DEPLOYED) as app:
        answers = [say(app, "What is my account balance?", PRINTED)]
        answers += [say(app, "olá, tudo bem? 你好", {})]
        answers += [say(app, f"turn {number}", headers) for number, headers in enumerate(TURNS)]
        answers += [say(app, "only a user", {"X-Request-ID": "req-user", "X-User-ID": "user-alone"})]
        answers += [say(app, "a long id", {"X-Request-ID": LONG_ID})]
        with ThreadPoolExecutor(8) as pool:
            answers += pool.map(say, [app] * len(CROWD), [headers["X-User-ID"] for headers in CROWD], CROWD)
    return Chat(stage=stage, answers=answers)


@pytest.fixture(scope="module")
def chats(trilha_server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Once[Flavour, Chat]:
    return Once(lambda flavour: talk(set_stage(trilha_server, flavour, tmp_path_factory.mktemp("chat"))))


@pytest.fixture(params=USUAL_FLAVOURS)
def chat(request: pytest.FixtureRequest, chats: Once[Flavour, Chat]) -> Chat:
    return chats(USUAL_FLAVOURS[request.param])


# Request, session, user and deployment.


def test_the_chat_answers_everyone(chat: Chat) -> None:
    assert chat.answers[0] == "Processed message: 'What is my account balance?'"
    assert chat.answers[1] == "Processed message: 'olá, tudo bem? 你好'"
    assert len(chat.answers) == ALL_SENT


def test_every_request_is_one_trace_when_the_app_has_ended(chat: Chat) -> None:
    infos = chat.infos("")
    assert len(infos) == ALL_SENT
    assert {info["state"] for info in infos} == {"OK"}


def test_the_headers_are_the_request_the_session_and_the_user_of_the_trace(chat: Chat) -> None:
    info = chat.info("req-abc-123-xyz-789")
    assert info["client_request_id"] == "req-abc-123-xyz-789"
    assert info["tags"]["mlflow.trace.session"] == "session-def-456-uvw-012"
    assert info["tags"]["mlflow.trace.user"] == JANE


def test_the_deployment_is_on_every_trace(chat: Chat) -> None:
    expected = {
        "environment": "production",
        "app_version": "2.1.0",
        "deployment_id": "deploy-abc-123",
        "region": "us-east-1",
    }
    for info in chat.infos(""):
        assert expected.items() <= info["tags"].items()


def test_a_header_that_is_missing_leaves_nothing_behind(chat: Chat) -> None:
    (info,) = [info for info in chat.infos("") if "client_request_id" not in info]
    assert not {"mlflow.trace.session", "mlflow.trace.user"} & {*info["tags"], *info["trace_metadata"]}
    alone = chat.info("req-user")
    assert alone["tags"]["mlflow.trace.user"] == "user-alone"
    assert "mlflow.trace.session" not in alone["tags"]
    assert "None" not in {*info["tags"].values(), *alone["tags"].values()}


def test_a_long_request_id_is_kept_and_found(chat: Chat) -> None:
    assert chat.request_ids(f"attributes.client_request_id = '{LONG_ID}'") == [LONG_ID]


def test_requests_at_the_same_time_keep_their_own_context(chat: Chat) -> None:
    for headers in CROWD:
        info = chat.info(headers["X-Request-ID"])
        assert info["tags"]["mlflow.trace.user"] == headers["X-User-ID"]
        assert info["tags"]["mlflow.trace.session"] == headers["X-Session-ID"]
        assert f"'{headers['X-User-ID']}'" in info["response_preview"]


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        (f"tags.`mlflow.trace.user` = '{JANE}'", ["req-abc-123-xyz-789", "req-turn-0", "req-turn-1", "req-turn-2"]),
        ("tags.`mlflow.trace.session` = 'session-123'", ["req-turn-0", "req-turn-1", "req-turn-2"]),
        ("metadata.`mlflow.trace.session` = 'session-123'", ["req-turn-0", "req-turn-1", "req-turn-2"]),
        ("metadata.`mlflow.trace.user` = 'user-alone'", ["req-user"]),
        ("tags.`mlflow.trace.user` = 'None'", []),
    ],
)
def test_users_and_sessions_find_their_traces(chat: Chat, filter_string: str, expected: list[str]) -> None:
    assert chat.request_ids(filter_string) == expected


def test_the_spans_arrive_with_inputs_and_outputs(chat: Chat) -> None:
    trace_id = chat.info("req-turn-1")["trace_id"]
    with chat.stage.read() as rest:
        (span,) = rest.spans(bytes.fromhex(trace_id.removeprefix("tr-")))
    attributes = attributes_of(span)
    assert span["name"] == "handle_chat"
    assert '"key": "message", "value": {"string_value": "turn 1"}' in json.dumps(attributes["mlflow.spanInputs"])
    assert '"string_value": "Processed message: \'turn 1\'"' in json.dumps(attributes["mlflow.spanOutputs"])


# Feedback, and the programs that read.


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """What users and operators do after a chat."""

    chat: Chat
    praised: httpx.Response
    blamed: httpx.Response
    unknown: httpx.Response
    incomplete: httpx.Response


def judge(chat: Chat) -> Aftermath:
    """Give feedback as the guide does, without a user or a comment, and on nothing."""
    with chat.stage.serve("production/feedback_app.py") as app:

        def post(request_id: str, feedback: Mapping[str, Any], headers: Mapping[str, str]) -> httpx.Response:
            params = {"client_request_id": request_id}
            return app.http.post("/chat_feedback", params=params, json=feedback, headers=headers)

        praise = {"is_correct": True, "comment": "The response was accurate and helpful"}
        return Aftermath(
            chat=chat,
            praised=post("req-abc-123-xyz-789", praise, {"X-User-ID": JANE}),
            blamed=post("req-turn-2", {"is_correct": False}, {}),
            unknown=post("req-of-nobody", praise, {"X-User-ID": JANE}),
            incomplete=post("req-turn-2", {"comment": "but was it right?"}, {}),
        )


@pytest.fixture(scope="module")
def aftermaths(chats: Once[Flavour, Chat]) -> Once[Flavour, Aftermath]:
    return Once(lambda flavour: judge(chats(flavour)))


@pytest.fixture(params=USUAL_DOORS)
def aftermath(request: pytest.FixtureRequest, aftermaths: Once[Flavour, Aftermath]) -> Aftermath:
    return aftermaths(USUAL_DOORS[request.param])


def the_assessment(chat: Chat, request_id: str) -> Any:  # Any: JSON
    (assessment,) = chat.info(request_id)["assessments"]
    return assessment


def test_feedback_is_answered_as_the_guide_says(aftermath: Aftermath) -> None:
    assert aftermath.praised.status_code == 200
    assert aftermath.praised.json() == {
        "status": "success",
        "message": "Feedback recorded successfully",
        "trace_id": aftermath.chat.info("req-abc-123-xyz-789")["trace_id"],
        "client_request_id": "req-abc-123-xyz-789",
        "feedback_by": JANE,
    }


def test_feedback_is_on_the_trace_of_the_request(aftermath: Aftermath) -> None:
    assessment = the_assessment(aftermath.chat, "req-abc-123-xyz-789")
    assert assessment["assessment_name"] == "response_is_correct"
    assert assessment["feedback"] == {"value": True}
    assert assessment["source"] == {"source_type": "HUMAN", "source_id": JANE}
    assert assessment["rationale"] == "The response was accurate and helpful"


def test_feedback_needs_neither_a_user_nor_a_comment(aftermath: Aftermath) -> None:
    assert aftermath.blamed.json()["feedback_by"] is None
    assessment = the_assessment(aftermath.chat, "req-turn-2")
    assert assessment["feedback"] == {"value": False}
    assert assessment["source"]["source_type"] == "HUMAN"
    assert assessment["source"].get("source_id") != "None"
    assert "rationale" not in assessment


def test_feedback_on_a_request_that_is_not_there_is_an_error(aftermath: Aftermath) -> None:
    assert aftermath.unknown.status_code == 500
    assert aftermath.unknown.json()["detail"] == {
        "status": "error",
        "message": "Unable to find data for client request ID: req-of-nobody",
    }


def test_feedback_that_says_nothing_is_refused(aftermath: Aftermath) -> None:
    assert aftermath.incomplete.status_code == 422


def test_traces_are_found_by_their_feedback(aftermath: Aftermath) -> None:
    chat = aftermath.chat
    assert chat.request_ids("feedback.response_is_correct = 'true'") == ["req-abc-123-xyz-789"]
    assert chat.request_ids("feedback.response_is_correct = 'false'") == ["req-turn-2"]


@pytest.fixture(params=USUAL_DOORS)
def finished(request: pytest.FixtureRequest, chats: Once[Flavour, Chat]) -> Chat:
    """A chat whose client has all of MLflow."""
    return chats(USUAL_DOORS[request.param])


def test_the_connection_check_finds_the_server_and_recent_traces(finished: Chat) -> None:
    connected, traces = finished.stage.run("production/check_connection.py").splitlines()
    assert connected.startswith("Connected to MLflow. Found ")
    assert int(connected.split()[4]) >= 2
    assert traces == "Found 5 recent traces."


def test_the_connection_check_says_which_experiment_is_not_there(finished: Chat) -> None:
    said = finished.stage.run("production/check_connection.py", settings={"MLFLOW_EXPERIMENT_NAME": "/Shared/nobody"})
    assert "there is no experiment /Shared/nobody" in said


def test_the_connection_check_says_that_nobody_answers(chats: Once[Flavour, Chat]) -> None:
    stage = chats(USUAL_DOORS[str(Door.HTTP)]).stage  # the SDK of Databricks would try for minutes
    nowhere = {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}  # the discard port: nothing listens
    said = stage.run("production/check_connection.py", settings=nowhere)
    assert said.startswith("Error connecting to MLflow: ")
    assert said.endswith("Check your authentication and connectivity\n")


def test_the_search_finds_the_user_and_the_session(finished: Chat) -> None:
    user, session = finished.stage.run("production/search_by_context.py").splitlines()
    for line, whose, filter_string in [
        (user, "user", f"tags.`mlflow.trace.user` = '{JANE}'"),
        (session, "session", "tags.`mlflow.trace.session` = 'session-123'"),
    ]:
        ids = [info["trace_id"] for info in finished.infos(filter_string)]
        assert line == f"Found {len(ids)} traces of the {whose}: {ids}"
