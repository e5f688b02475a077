from collections.abc import Callable, Iterator

import pytest
from trilha import _settings, exceptions
from trilha._client import http
from trilha._settings import Credentials

from sdk.tests.answering import Answer, Answering, Answers, Asked

Serve = Callable[[Answers], Answering]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[Answering] = []

    def start(answers: Answers) -> Answering:
        server = Answering(answers).__enter__()
        running.append(server)
        _settings.change(tracking_uri=server.url)
        return server

    yield start
    for server in running:
        server.__exit__(None, None, None)
    _settings.forget()


def in_turn(*answers: Answer) -> Answers:
    left = list(answers)
    return lambda _: left.pop(0)


def test_reading_is_tried_again_while_the_server_is_busy(serve: Serve) -> None:
    server = serve(in_turn((503, {}), (429, {}), (200, {"found": 1})))
    assert http.connection().call("GET", "/x") == {"found": 1}
    assert len(server.asked) == 3


def test_reading_is_given_up_after_three_attempts(serve: Serve) -> None:
    server = serve(lambda _: (503, {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "the disk is full"}))
    with pytest.raises(exceptions.Unavailable, match="the disk is full"):
        http.connection().call("GET", "/x")
    assert len(server.asked) == 3


def test_what_may_have_been_done_is_not_asked_for_twice(serve: Serve) -> None:
    server = serve(lambda _: (503, {}))
    with pytest.raises(exceptions.Unavailable):
        http.connection().call("POST", "/x", body={})
    assert len(server.asked) == 1


def test_what_was_refused_before_it_was_done_is_asked_for_again(serve: Serve) -> None:
    server = serve(in_turn((429, {}, {"Retry-After": "0"}), (200, {})))
    http.connection().call("POST", "/x", body={})
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("status", "document", "kind"),
    [
        (404, {"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "there is no x"}, exceptions.NotFound),
        (400, {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "x is there"}, exceptions.AlreadyExists),
        (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "no filter"}, exceptions.InvalidInput),
        (422, {"title": "Invalid input", "detail": "no number"}, exceptions.InvalidInput),
        (401, {"error_code": "UNAUTHENTICATED", "message": "who?"}, exceptions.Unauthenticated),
        (403, {"error_code": "PERMISSION_DENIED", "message": "needs edit on 7"}, exceptions.PermissionDenied),
        (500, b"<html>", exceptions.TrilhaError),
    ],
)
def test_an_answer_becomes_the_error_that_it_stands_for(
    serve: Serve, status: int, document: object, kind: type[exceptions.TrilhaError]
) -> None:
    serve(lambda _: (status, document))
    with pytest.raises(exceptions.MlflowException) as caught:
        http.connection().call("POST", "/x", body={})
    assert type(caught.value) is kind
    assert caught.value.get_http_status_code() == status
    if isinstance(document, dict):
        assert str(caught.value) in document.values()


def test_an_address_of_something_else_is_told(serve: Serve) -> None:
    serve(lambda _: (404, b"<html>not here</html>"))
    with pytest.raises(exceptions.NotFound, match="is it a tracing server") as caught:
        http.connection().call("GET", "/x")
    assert caught.value.error_code == "ENDPOINT_NOT_FOUND"


def test_a_page_instead_of_json_is_told(serve: Serve) -> None:
    serve(lambda _: (200, b"<html>hello</html>"))
    with pytest.raises(exceptions.TrilhaError, match="not JSON"):
        http.connection().call("GET", "/x")


def test_nobody_there_is_told_with_the_address() -> None:
    _settings.change(tracking_uri="http://127.0.0.1:9")  # the discard port: nothing listens
    with pytest.raises(exceptions.Unavailable, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        http.connection().call("GET", "/x")
    _settings.forget()


def test_a_token_is_sent(serve: Serve) -> None:
    server = serve(lambda _: (200, {}))
    _settings.change(tracking_credentials=Credentials(token="t-1"))
    http.connection().call("GET", "/x")
    assert server.asked[0].headers["authorization"] == "Bearer t-1"


def test_a_password_is_sent(serve: Serve) -> None:
    server = serve(lambda _: (200, {}))
    _settings.change(tracking_credentials=Credentials(username="jane", password="é"))
    http.connection().call("GET", "/x")
    assert server.asked[0].headers["authorization"] == "Basic amFuZTrDqQ=="


def test_a_token_that_has_ended_is_renewed(serve: Serve) -> None:
    tokens = iter(["old", "new"])

    def answer(asked: Asked) -> Answer:
        if asked.path == "/oidc/v1/token":
            return 200, {"access_token": next(tokens), "expires_in": 3600}
        return (200, {"ok": True}) if asked.headers["authorization"] == "Bearer new" else (401, {})

    server = serve(answer)
    who = Credentials(client_id="id", client_secret="secret")
    _settings.change(tracking_uri="databricks", databricks_host=server.url, databricks_credentials=who)
    assert http.connection().call("GET", "/x") == {"ok": True}


def test_questions_and_paths_are_written_as_addresses_are(serve: Serve) -> None:
    server = serve(lambda _: (200, {}))
    http.connection().call("GET", "/tags/größe/a b", query={"ids": ["a", "b&c"], "none": None})
    assert server.asked[0].path == "/tags/gr%C3%B6%C3%9Fe/a%20b"
    assert server.asked[0].query == {"ids": ["a", "b&c"]}


def test_another_address_is_another_connection(serve: Serve) -> None:
    serve(lambda _: (200, {"server": 1}))
    first = http.connection()
    assert http.connection() is first
    serve(lambda _: (200, {"server": 2}))
    assert http.connection().call("GET", "/x") == {"server": 2}
