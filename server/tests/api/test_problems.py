"""Every error has an answer that tells clients how to react."""

import json

import pytest
from trilha_server.api.problems import answer_for, headers_for, mlflow_response, problem_response
from trilha_server.domain.errors import (
    AlreadyExists,
    Busy,
    InvalidFilter,
    InvalidInput,
    NotFound,
    OutOfRange,
    PermissionDenied,
    StoreFull,
    StoreInUse,
    StoreUnavailable,
    TooLarge,
    TrilhaError,
    Unauthenticated,
)

ANSWERS: dict[type[TrilhaError], tuple[int, str]] = {
    InvalidFilter: (400, "INVALID_PARAMETER_VALUE"),
    OutOfRange: (416, "INVALID_PARAMETER_VALUE"),
    TooLarge: (413, "INVALID_PARAMETER_VALUE"),
    NotFound: (404, "RESOURCE_DOES_NOT_EXIST"),
    AlreadyExists: (400, "RESOURCE_ALREADY_EXISTS"),
    Unauthenticated: (401, "UNAUTHENTICATED"),
    PermissionDenied: (403, "PERMISSION_DENIED"),
    Busy: (429, "REQUEST_LIMIT_EXCEEDED"),
    StoreFull: (503, "TEMPORARILY_UNAVAILABLE"),
    StoreUnavailable: (503, "TEMPORARILY_UNAVAILABLE"),
    StoreInUse: (503, "TEMPORARILY_UNAVAILABLE"),
}


def leaves(kind: type[TrilhaError] = TrilhaError) -> list[type[TrilhaError]]:
    # The command's own errors reach no client.
    below = [child for child in kind.__subclasses__() if not child.__module__.startswith("trilha_server.cli")]
    return [leaf for child in below for leaf in leaves(child)] if below else [kind]


@pytest.mark.parametrize("leaf", leaves())
def test_every_leaf_has_an_answer(leaf: type[TrilhaError]) -> None:
    answer = answer_for(leaf("what went wrong"))

    assert (answer.status, answer.mlflow_code) == ANSWERS[leaf]


def test_what_is_no_leaf_has_an_answer_too() -> None:
    assert [answer_for(kind("x")).status for kind in (InvalidInput, TrilhaError)] == [400, 500]


@pytest.mark.parametrize("leaf", leaves())
def test_senders_are_told_when_to_come_back_if_that_helps(leaf: type[TrilhaError]) -> None:
    error = leaf("what went wrong")

    assert ("Retry-After" in headers_for(error)) == (answer_for(error).status in (429, 503))


def test_a_busy_server_says_whole_seconds() -> None:
    assert headers_for(Busy("busy", retry_after_s=7)) == {"Retry-After": "7"}


def test_a_problem_says_where_a_filter_is_wrong() -> None:
    answer = problem_response(InvalidFilter("unknown attribute 'x'", position=5))

    assert answer.media_type == "application/problem+json"
    assert json.loads(bytes(answer.body)) == {
        "title": "Invalid input",
        "status": 400,
        "detail": "unknown attribute 'x'",
        "position": 5,
    }


def test_mlflow_reads_in_the_message_where_a_filter_is_wrong() -> None:
    answer = mlflow_response(InvalidFilter("unknown attribute 'x'", position=5))

    assert json.loads(bytes(answer.body))["message"] == "unknown attribute 'x' (position=5)"


def test_mlflow_reads_a_code_and_a_message_with_the_values() -> None:
    answer = mlflow_response(NotFound("there is no such trace", trace_id="tr-1"))

    assert answer.status_code == 404
    assert json.loads(bytes(answer.body)) == {
        "error_code": "RESOURCE_DOES_NOT_EXIST",
        "message": "there is no such trace (trace_id=tr-1)",
    }
